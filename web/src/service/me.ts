import type { Role, User } from "@reparto/client";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./api";
import { keys } from "./keys";

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => api.userApi.me({ signal }),
  staleTime: 60_000,
});

export const isAdministrator = (role: Role | undefined): boolean => role === "admin" || role === "superuser";
export const isStaff = (role: Role | undefined): boolean => role !== undefined && role !== "user";

/** The signed-in user. The shell renders screens only once it is loaded. */
export function useMe(): User | undefined {
  return useQuery(meQuery).data;
}

export function useIsAdministrator(): boolean {
  return isAdministrator(useMe()?.role);
}
