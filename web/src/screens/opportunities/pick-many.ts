import { api } from "../../app/api";
import { type OpportunitySearch, queryOf } from "./search";
import { type Selected, selectedOf } from "./selection";

/** The most that is picked row by row; more is taken as everything that matches. */
export const SELECTION_MAX = 10_000;

/** The first so many that match the filter, in the list's own order, whatever page they are on. */
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
