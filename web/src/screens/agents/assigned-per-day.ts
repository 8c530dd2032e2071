import type { CrmUser, Operation } from "@reparto/client";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { startOfDay } from "../../lib/days";
import { isAssignment } from "../../resources/users/loads";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** The number of days shown, today included. */
export const DAYS = 14;

/** Each agent takes a request: more than this are not shown. */
const AGENTS_MAX = 60;

/** The first moment of each day, oldest first. */
export function days(): Date[] {
  return Array.from({ length: DAYS }, (_, index) => startOfDay(DAYS - 1 - index));
}

/** The number of opportunities assigned on each of the days by operations that were not undone. */
function perDay(operations: readonly Operation[]): number[] {
  const begins = days().map((day) => day.getTime());
  const counts = begins.map(() => 0);
  for (const operation of operations) {
    if (!isAssignment(operation)) continue;
    const moment = Date.parse(operation.at);
    const day = begins.findLastIndex((begin) => begin <= moment);
    if (day >= 0) counts[day] = (counts[day] ?? 0) + operation.assigned_count;
  }
  return counts;
}

/** Opportunities assigned per day, by agent id, as far as they are loaded. */
export function useAssignedPerDay(agents: readonly CrmUser[]): ReadonlyMap<string, number[]> {
  const from = startOfDay(DAYS - 1).toISOString();
  const shown = agents.slice(0, AGENTS_MAX);
  const key = shown.map(({ id }) => id).join();
  const results = useQueries({
    queries: shown.map(({ id }) => ({
      queryKey: keys.counts.assignedPerDay(id, from),
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.operationApi.list({ assignee_id: id, from, limit: 1000 }, { signal }).then(({ items }) => perDay(items)),
      staleTime: 60_000,
    })),
    combine: (all) => all.map(({ data }) => data),
  });
  return useMemo(() => {
    const assigned = new Map<string, number[]>();
    for (const [index, id] of key.split(",").entries()) {
      const counts = results[index];
      if (counts !== undefined) assigned.set(id, counts);
    }
    return assigned;
  }, [key, results]);
}
