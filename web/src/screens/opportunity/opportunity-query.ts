import { queryOptions } from "@tanstack/react-query";
import { api } from "../../app/api";

export const opportunityQuery = (id: string) =>
  queryOptions({ queryKey: ["opportunity", id], queryFn: ({ signal }) => api.opportunityApi.get(id, { signal }) });
