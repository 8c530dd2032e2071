import { ApiError, type BulkAssignment, type BulkUnassignment, type ItemError } from "@reparto/client";
import type { Selected } from "../resources/opportunities/selection";
import { api } from "../service/api";
import { addDone, emptyOutcome, failedItemsOf, includeOf, type Outcome, type RunOptions } from "./outcome";
import { byHolder, type Share } from "./plan";

/** Assigns each share to its agent, one request after the other. */
export async function requestAssign(shares: readonly Share[], options: RunOptions): Promise<Outcome> {
  const outcome = emptyOutcome("assign");
  for (const { agentId, items } of shares) {
    for (const [holder, part] of partsOf(items, options)) {
      const request = {
        opportunity_ids: part.map((item) => item.id),
        assigned_to_id: agentId,
        ...(options.note ? { notes: options.note } : {}),
        ...includeOf(options),
        ...(holder === undefined ? {} : { expected_assigned_to_id: holder }),
      };
      const answer = await step(outcome, () => api.opportunityApi.bulkAssign(request));
      if (answer !== undefined) count(outcome, answer.assigned_count, answer, part, agentId);
      if (outcome.stopped !== null) return outcome;
    }
  }
  return outcome;
}

/** Unassigns opportunities from whoever holds them, one request after the other. */
export async function requestUnassign(items: readonly Selected[], options: RunOptions): Promise<Outcome> {
  const outcome = emptyOutcome("unassign");
  for (const [holder, part] of partsOf(items, options)) {
    const request = {
      opportunity_ids: part.map((item) => item.id),
      ...(holder === undefined ? {} : { expected_assigned_to_id: holder }),
    };
    const answer = await step(outcome, () => api.opportunityApi.bulkUnassign(request));
    if (answer !== undefined) count(outcome, answer.unassigned_count, answer, part, null);
    if (outcome.stopped !== null) return outcome;
  }
  return outcome;
}

/** Grouped by present holder if that must not have changed: one request can expect only one. */
function partsOf(
  items: readonly Selected[],
  { onlyIfUnchanged }: RunOptions,
): Array<[string | null | undefined, readonly Selected[]]> {
  if (items.length === 0) return [];
  return onlyIfUnchanged ? [...byHolder(items)] : [[undefined, items]];
}

type Answer = (BulkAssignment | BulkUnassignment) & { operation_ids: string[] };

/** Makes a call. If it fails half-way, what it did until then still counts. */
async function step<A extends Answer>(outcome: Outcome, call: () => Promise<A>): Promise<A | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    outcome.stopped = error;
    const partial = error.partial as { whole: A; operation_ids: string[] } | undefined;
    return partial === undefined ? undefined : { ...partial.whole, operation_ids: partial.operation_ids };
  }
}

function count(
  outcome: Outcome,
  done: number,
  answer: { operation_ids: string[]; errors: ItemError[] },
  items: readonly Selected[],
  agentId: string | null,
): void {
  addDone(outcome, agentId, done);
  outcome.steps.push(...answer.operation_ids.map((operation) => ({ operation })));
  outcome.failed += answer.errors.length;
  outcome.failedItems.push(...failedItemsOf(answer.errors, items, agentId));
}
