import type { Import, ImportPage } from "@reparto/client";
import { type InfiniteData, type QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: keys.imports.one(id),
    queryFn: ({ signal }) => api.importApi.get(id, { signal }),
  });

/**
 * Keeps newer data of an import, also in the cached list: who goes back to the list sees at once what the import's
 * own page showed. The file's facts are kept, since the news of a stream is without the columns' samples.
 */
export function keepImport(client: QueryClient, next: Import): void {
  client.setQueryData<Import>(keys.imports.one(next.id), (before) => ({ ...next, file: before?.file ?? next.file }));
  client.setQueryData<InfiniteData<ImportPage>>(
    keys.imports.list,
    (list) =>
      list && {
        ...list,
        pages: list.pages.map((page) => ({
          ...page,
          items: page.items.map((item) => (item.id === next.id ? next : item)),
        })),
      },
  );
}
