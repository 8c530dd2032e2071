import type { Operation, OperationKind } from "@reparto/client";
import { queryOptions, useQueries } from "@tanstack/react-query";
import { startOfDay } from "../../lib/days";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** A user's workload. */
export interface Load {
  /** Opportunities assigned and not worked on yet. */
  open: number;
  /** Opportunities assigned today by operations that were not undone. */
  today: number;
}

const ASSIGNING_KINDS: readonly string[] = ["assign", "bulk_assign", "assign_random"] satisfies OperationKind[];

/** Whether an operation assigned all its items to one user and was not undone. */
export function isAssignment({ kind, undone_by }: Operation): boolean {
  return undone_by === null && ASSIGNING_KINDS.includes(kind);
}

export const loadQuery = (id: string) =>
  queryOptions({
    queryKey: keys.counts.load(id),
    queryFn: async ({ signal }): Promise<Load> => {
      const [open, assigned] = await Promise.all([
        api.opportunityApi.list({ assigned_to: id, status: "assigned", limit: 1 }, { signal }),
        api.operationApi.list({ assignee_id: id, from: startOfDay().toISOString(), limit: 1000 }, { signal }),
      ]);
      const today = assigned.items.filter(isAssignment).reduce((sum, one) => sum + one.assigned_count, 0);
      return { open: open.total, today };
    },
    staleTime: 15_000,
    // Not at each event of the feed: one screen may show the loads of many users.
    refetchInterval: 30_000,
  });

/** Loads take two requests per user: more users than this get none. */
const LOADS_MAX = 60;

/** Workloads by user id, as far as they are loaded. */
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
