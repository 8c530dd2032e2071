import { useQuery } from "@tanstack/react-query";
import { api } from "../app/api";
import type { Whole } from "./outcome";
import type { Taken } from "./plan";

const NOTHING: Taken[] = [];

/** From whom everything that matches would be taken: counted by the service, for nobody has read it. */
export function useTakenFromWhole(whole: Whole | null): Taken[] {
  const preview = useQuery({
    queryKey: ["preview", whole?.filter],
    queryFn: ({ signal }) => api.jobApi.preview({ kind: "bulk_unassign", filter: whole?.filter ?? {} }, { signal }),
    enabled: whole !== null,
    select: ({ by_holder }) =>
      by_holder.flatMap(({ assigned_to_id: id, assigned_to_name: name, count }) =>
        id === null ? [] : [{ id, name: name ?? id, count }],
      ),
  });
  return preview.data ?? NOTHING;
}
