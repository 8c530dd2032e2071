import type { CrmUser } from "@reparto/client";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** Users who can be assigned opportunities. */
export const agentsQuery = queryOptions({
  queryKey: keys.users.responsibles,
  queryFn: ({ signal }) => api.userApi.responsibles({}, { signal }),
  staleTime: 60_000,
});

/** All users that lists may mention, inactive ones too. */
export const everyoneQuery = queryOptions({
  queryKey: keys.users.everyone,
  queryFn: ({ signal }) => api.userApi.crmUsers({}, { signal }),
  staleTime: 60_000,
});

const NO_USERS: CrmUser[] = [];

export function useAgents(): CrmUser[] {
  return useQuery(agentsQuery).data ?? NO_USERS;
}

/** Looks up users' names by id. */
export function useNames(): (id: string | null | undefined) => string | undefined {
  const users = useQuery(everyoneQuery).data ?? NO_USERS;
  return useMemo(() => {
    const names = new Map(users.map(({ id, name }) => [id, name]));
    return (id) => (id ? names.get(id) : undefined);
  }, [users]);
}

/** Options for choosing a user in a filter. */
export function useUserOptions(): Array<{ value: string; label: string }> {
  const users = useQuery(everyoneQuery).data ?? NO_USERS;
  return useMemo(() => users.map(({ id, name }) => ({ value: id, label: name })), [users]);
}
