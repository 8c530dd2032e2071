import type { CrmUser, Operation } from "@reparto/client";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../app/api";
import { isGift, startOfDay } from "../../assigning/agents";

/** Today and the days before it that are shown. */
export const DAYS = 14;

/** More people than this are not asked about one by one. */
const PEOPLE_MAX = 60;

/** The first moment of each day, oldest first. */
export function days(): Date[] {
  return Array.from({ length: DAYS }, (_, index) => startOfDay(DAYS - 1 - index));
}

/** How many opportunities somebody was given on each of the days; what was taken back is not counted. */
function perDay(operations: readonly Operation[]): number[] {
  const begins = days().map((day) => day.getTime());
  const counts = begins.map(() => 0);
  for (const operation of operations) {
    if (!isGift(operation)) continue;
    const moment = Date.parse(operation.at);
    const day = begins.findLastIndex((begin) => begin <= moment);
    if (day >= 0) counts[day] = (counts[day] ?? 0) + operation.assigned_count;
  }
  return counts;
}

/** What each was given per day, by id, as far as it is known. */
export function useGivenPerDay(agents: readonly CrmUser[]): ReadonlyMap<string, number[]> {
  const from = startOfDay(DAYS - 1).toISOString();
  const shown = agents.slice(0, PEOPLE_MAX);
  const key = shown.map(({ id }) => id).join();
  const results = useQueries({
    queries: shown.map(({ id }) => ({
      queryKey: ["trend", id, from],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.operationApi.list({ assignee_id: id, from, limit: 1000 }, { signal }).then(({ items }) => perDay(items)),
      staleTime: 60_000,
    })),
    combine: (all) => all.map(({ data }) => data),
  });
  return useMemo(() => {
    const given = new Map<string, number[]>();
    for (const [index, id] of key.split(",").entries()) {
      const counts = results[index];
      if (counts !== undefined) given.set(id, counts);
    }
    return given;
  }, [key, results]);
}
