import { queryOptions } from "@tanstack/react-query";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

export const opportunityQuery = (id: string) =>
  queryOptions({
    queryKey: keys.opportunities.one(id),
    queryFn: ({ signal }) => api.opportunityApi.get(id, { signal }),
  });
