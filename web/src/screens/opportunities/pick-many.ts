import { type OpportunitySearch, queryOf } from "../../resources/opportunities/search";
import { SELECTION_MAX, type Selected, selectedOf } from "../../resources/opportunities/selection";
import { api } from "../../service/api";

/** The first opportunities that match the filter, in list order, across pages. */
export async function pickFirst(
  search: OpportunitySearch,
  count: number,
  onProgress: (picked: number) => void,
  signal: AbortSignal,
): Promise<Selected[]> {
  const wanted = Math.min(count, SELECTION_MAX);
  const { page: _, limit: __, ...query } = queryOf(search);
  const picked: Selected[] = [];
  for await (const opportunity of api.opportunityApi.all({ ...query, limit: Math.min(wanted, 1000) }, { signal })) {
    picked.push(selectedOf(opportunity));
    if (picked.length >= wanted) break;
    if (picked.length % 1000 === 0) onProgress(picked.length);
  }
  return picked;
}
