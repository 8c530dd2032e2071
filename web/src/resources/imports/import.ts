import { queryOptions } from "@tanstack/react-query";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: keys.imports.one(id),
    queryFn: ({ signal }) => api.importApi.get(id, { signal }),
  });
