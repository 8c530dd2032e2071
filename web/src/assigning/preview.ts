import { useQuery } from "@tanstack/react-query";
import type { AllMatching, Selected } from "../resources/opportunities/selection";
import { api } from "../service/api";
import { keys } from "../service/keys";
import type { Taken } from "./plan";

const NOTHING: Taken[] = [];

/** From whom everything that matches would be taken, counted by the service. */
export function useTakenFromMatching(matching: AllMatching | null): Taken[] {
  const preview = useQuery({
    queryKey: keys.counts.byHolder(matching?.filter),
    queryFn: ({ signal }) => api.jobApi.preview({ kind: "bulk_unassign", filter: matching?.filter ?? {} }, { signal }),
    enabled: matching !== null,
    select: ({ by_holder }) =>
      by_holder.flatMap(({ assigned_to_id: id, assigned_to_name: name, count }) =>
        id === null ? [] : [{ id, name: name ?? id, count }],
      ),
  });
  return preview.data ?? NOTHING;
}

/** How many of the selected people do not want to be contacted; what a filter matches is counted by the service. */
export function useDoNotContactCount(items: readonly Selected[], matching: AllMatching | null): number {
  const query = { ...matching?.filter, do_not_contact: true, limit: 1 };
  const counted = useQuery({
    queryKey: keys.counts.available(query),
    queryFn: ({ signal }) => api.opportunityApi.list(query, { signal }),
    enabled: matching !== null && matching.filter.do_not_contact !== false,
  });
  if (matching === null) return items.filter(({ doNotContact }) => doNotContact).length;
  return counted.data?.total ?? 0;
}
