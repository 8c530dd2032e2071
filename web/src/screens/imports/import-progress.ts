import { importEnded } from "@reparto/client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { importQuery, keepImport } from "../../resources/imports/import";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

/** How often an import is refetched where there is no stream, in milliseconds. */
const OFTEN = 5_000;

/** An import, followed while it or its undo is under way. Refetches everything when that has ended. */
export function useImport(id: string) {
  const client = useQueryClient();
  const refresh = useRefresh();
  const query = useQuery({
    ...importQuery(id),
    refetchInterval: ({ state }) => (state.data !== undefined && importEnded(state.data) ? false : OFTEN),
  });
  const underWay = query.data !== undefined && !importEnded(query.data);
  useEffect(() => {
    if (!underWay) return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const next of api.importApi.follow(id, { signal: abort.signal })) {
        keepImport(client, next);
      }
      if (!abort.signal.aborted) refresh();
    };
    // Without a stream the import is still refetched from time to time.
    follow().catch(() => undefined);
    return () => abort.abort();
  }, [id, underWay, client, refresh]);
  return query;
}
