import type { CallOptions, Http } from "./http.js";
import type { BulkItem, BulkOutcome, ItemError } from "./model.js";
import { ApiError, localProblem } from "./problem.js";

/** What a split bulk call may be given besides. */
export interface BulkCallOptions extends CallOptions {
  /** Told after each request of a split list. */
  onProgress?: (done: number, total: number) => void;
}

/** The answers to a list, whatever its length, as one. */
export interface BulkResult<A extends BulkOutcome> {
  /** All answers added up, in the order of the list. */
  whole: A;
  /** One operation for each request that changed something; undo them newest first. */
  operation_ids: string[];
}

/** A new idempotency key. */
export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Plain http on another host than localhost has no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Sends a list in as many requests as the maximum asks for, one after the other, each with a key of its own, so that a
 * request whose answer was lost is repeated without being carried out twice.
 */
export async function inParts<
  A extends BulkOutcome,
  B extends { opportunity_ids: string[]; all_or_nothing?: boolean | null },
>(
  http: Http,
  path: string,
  body: B,
  count: "assigned_count" | "unassigned_count",
  options: BulkCallOptions,
): Promise<BulkResult<A>> {
  const ids = body.opportunity_ids;
  const parts = Math.max(1, Math.ceil(ids.length / http.bulkMax));
  if (parts > 1) refuseWhatCannotBeSplit(body, http.bulkMax);
  const { onProgress, ...call } = options;
  const key = call.idempotencyKey ?? newKey();
  const answers: A[] = [];
  for (let part = 0; part < parts; part += 1) {
    const chunk = parts === 1 ? ids : ids.slice(part * http.bulkMax, (part + 1) * http.bulkMax);
    const idempotencyKey = parts === 1 ? key : `${key}-${part + 1}`;
    try {
      answers.push(
        await http.json<A>("POST", path, { ...call, idempotencyKey, body: { ...body, opportunity_ids: chunk } }),
      );
    } catch (error) {
      if (error instanceof ApiError && answers.length > 0) error.partial = addUp(answers, count);
      throw error;
    }
    onProgress?.(Math.min((part + 1) * http.bulkMax, ids.length), ids.length);
  }
  return addUp(answers, count);
}

/** What the service checks over a whole list must not get lost when it is cut in pieces. */
function refuseWhatCannotBeSplit(
  body: { opportunity_ids: string[]; all_or_nothing?: boolean | null },
  max: number,
): void {
  if (body.all_or_nothing) {
    const detail = `all_or_nothing holds for one request, which may carry up to ${max} ids`;
    throw new ApiError(localProblem("list_too_long", detail, 400));
  }
  const seen = new Set<string>();
  for (const id of body.opportunity_ids) {
    const spelling = id.toLowerCase().replace(/^urn:uuid:|[{}-]/g, "");
    if (seen.has(spelling)) throw new ApiError(localProblem("list_has_duplicates", `Duplicate id: ${id}`, 400));
    seen.add(spelling);
  }
}

function addUp<A extends BulkOutcome>(answers: A[], count: "assigned_count" | "unassigned_count"): BulkResult<A> {
  const opportunities: BulkItem[] = [];
  const errors: ItemError[] = [];
  const operation_ids: string[] = [];
  let done = 0;
  for (const answer of answers) {
    opportunities.push(...answer.opportunities);
    errors.push(...answer.errors);
    if (answer.operation_id) operation_ids.push(answer.operation_id);
    done += (answer as unknown as Record<typeof count, number>)[count];
  }
  const last = answers[answers.length - 1] as A;
  const whole = { ...last, success: done > 0, [count]: done, failed_count: errors.length, opportunities, errors };
  return { whole, operation_ids };
}
