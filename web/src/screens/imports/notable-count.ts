import type { Import } from "@reparto/client";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** So many are counted. */
const COUNTED = 100;

/** How many rows of an import have remarks: at least so many if there are `more`. */
export interface Notable {
  count: number;
  more: boolean;
}

/** Counts the rows of an import with remarks, up to a hundred. */
export function useNotable({ id, done, undo }: Import): Notable | undefined {
  const count = useQuery({
    queryKey: keys.imports.rows(id, "notable-count", `${done} ${undo?.finished_at ?? ""}`),
    queryFn: ({ signal }) => api.importApi.rows(id, { only: "notable", limit: COUNTED }, { signal }),
  });
  if (count.isPending) return undefined;
  return { count: count.data?.items.length ?? 0, more: Boolean(count.data?.next_cursor) };
}
