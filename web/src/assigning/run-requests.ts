import { ApiError, type BulkAssignment, type BulkUnassignment, type ItemError } from "@reparto/client";
import { api } from "../app/api";
import type { Selected } from "../screens/opportunities/selection";
import { begin, given, missedOf, type Outcome, type RunOptions } from "./outcome";
import { byHolder, type Share } from "./plan";

/** Gives every share to its agent, request by request. */
export async function requestAssign(shares: readonly Share[], options: RunOptions): Promise<Outcome> {
  const outcome = begin("assign");
  for (const { agentId, items } of shares) {
    for (const [holder, part] of partsOf(items, options)) {
      const request = {
        opportunity_ids: part.map((item) => item.id),
        assigned_to_id: agentId,
        ...(options.note ? { notes: options.note } : {}),
        ...(holder === undefined ? {} : { expected_assigned_to_id: holder }),
      };
      const answer = await step(outcome, () => api.opportunityApi.bulkAssign(request));
      if (answer !== undefined) count(outcome, answer.assigned_count, answer, part, agentId);
      if (outcome.stopped !== null) return outcome;
    }
  }
  return outcome;
}

/** Takes everything away from whoever holds it, request by request. */
export async function requestUnassign(items: readonly Selected[], options: RunOptions): Promise<Outcome> {
  const outcome = begin("unassign");
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

/** By present holder, where that matters: one request can expect one. */
function partsOf(
  items: readonly Selected[],
  { onlyIfUnchanged }: RunOptions,
): Array<[string | null | undefined, readonly Selected[]]> {
  if (items.length === 0) return [];
  return onlyIfUnchanged ? [...byHolder(items)] : [[undefined, items]];
}

type Answer = (BulkAssignment | BulkUnassignment) & { operation_ids: string[] };

/** One call; when it is cut off, what it had done until then still counts. */
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
  given(outcome, agentId, done);
  outcome.steps.push(...answer.operation_ids.map((operation) => ({ operation })));
  outcome.failed += answer.errors.length;
  outcome.missed.push(...missedOf(answer.errors, items, agentId));
}
