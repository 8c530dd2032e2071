import type { CrmUser, Operation, OperationKind } from "@reparto/client";
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../app/api";

/** Those who may be given opportunities. */
export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: ({ signal }) => api.userApi.responsibles({}, { signal }),
  staleTime: 60_000,
});

/** Everybody whom a list may name, the inactive too. */
export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: ({ signal }) => api.userApi.crmUsers({}, { signal }),
  staleTime: 60_000,
});

const NOBODY: CrmUser[] = [];

export function useAgents(): CrmUser[] {
  return useQuery(agentsQuery).data ?? NOBODY;
}

/** Names by id. */
export function useNames(): (id: string | null | undefined) => string | undefined {
  const people = useQuery(peopleQuery).data ?? NOBODY;
  return useMemo(() => {
    const names = new Map(people.map((person) => [person.id, person.name]));
    return (id) => (id ? names.get(id) : undefined);
  }, [people]);
}

/** How much somebody has to do. */
export interface Load {
  /** Assigned and not worked on yet. */
  open: number;
  /** Given today, what was taken back not counted. */
  today: number;
}

/** The first moment of today, or of a day some days ago, where the reader is. */
export function startOfDay(daysAgo = 0): Date {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysAgo);
  return day;
}

const GIFTS: readonly string[] = ["assign", "bulk_assign", "assign_random"] satisfies OperationKind[];

/** Whether an operation gave all of its items to its one assignee, and still stands. */
export function isGift({ kind, undone_by }: Operation): boolean {
  return undone_by === null && GIFTS.includes(kind);
}

export const loadQuery = (id: string) =>
  queryOptions({
    queryKey: ["load", id],
    queryFn: async ({ signal }): Promise<Load> => {
      const [held, given] = await Promise.all([
        api.opportunityApi.list({ assigned_to: id, status: "assigned", limit: 1 }, { signal }),
        api.operationApi.list({ assignee_id: id, from: startOfDay().toISOString(), limit: 1000 }, { signal }),
      ]);
      const today = given.items.filter(isGift).reduce((sum, one) => sum + one.assigned_count, 0);
      return { open: held.total, today };
    },
    staleTime: 15_000,
    // Not at each event of the feed: one screen may ask for the loads of many people.
    refetchInterval: 30_000,
  });

/** More than this many people are not asked about one by one. */
const LOADS_MAX = 60;

/** Loads by id, as far as they are known. */
export function useLoads(ids: readonly string[]): ReadonlyMap<string, Load> {
  return useQueries({
    queries: ids.slice(0, LOADS_MAX).map((id) => loadQuery(id)),
    combine: (results) => {
      const loads = new Map<string, Load>();
      results.forEach(({ data }, index) => {
        const id = ids[index];
        if (data !== undefined && id !== undefined) loads.set(id, data);
      });
      return loads;
    },
  });
}
