import { useQuery } from "@tanstack/react-query";
import type { AllMatching } from "../resources/opportunities/selection";
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
