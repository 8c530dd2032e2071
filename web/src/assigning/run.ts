import { ApiError, type BulkAssigned, type BulkUnassigned, type ItemError } from "@reparto/client";
import { api } from "../app/api";
import type { Selected } from "../screens/opportunities/selection";
import { byHolder, type Share } from "./plan";

/** An opportunity that did not get where it should, and why. */
export interface Missed {
  item: Selected;
  /** Whom it was meant for; null where it was to be taken away. */
  agentId: string | null;
  error: string;
  code: string;
}

/** What came of a run of requests. */
export interface Outcome {
  kind: "assign" | "unassign";
  done: number;
  /** How many each agent got. */
  perAgent: Map<string, number>;
  missed: Missed[];
  /** In the order in which they were carried out. */
  operationIds: string[];
  /** What stopped the run before its end; what was done until then is counted above. */
  stopped: ApiError | null;
}

export interface RunOptions {
  /** Leave alone what somebody else moved since the list was read. */
  onlyIfUnchanged: boolean;
  note?: string;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Gives every share to its agent. */
export async function runAssign(shares: Share[], options: RunOptions): Promise<Outcome> {
  const total = shares.reduce((sum, share) => sum + share.items.length, 0);
  const outcome = begin("assign");
  let before = 0;
  for (const { agentId, items } of shares) {
    const parts = options.onlyIfUnchanged ? [...byHolder(items)] : ([[undefined, items]] as const);
    for (const [holder, part] of parts) {
      if (part.length === 0) continue;
      const request = {
        opportunity_ids: part.map((item) => item.id),
        assigned_to_id: agentId,
        ...(options.note ? { notes: options.note } : {}),
        ...(holder === undefined ? {} : { expected_assigned_to_id: holder }),
      };
      const call = { ...signalOf(options), onProgress: (n: number) => options.onProgress?.(before + n, total) };
      const answer = await step(outcome, () => api.opportunityApi.bulkAssign(request, call));
      if (answer !== undefined) {
        count(outcome, answer.assigned_count, answer.operation_ids, answer.errors, part, agentId);
        outcome.perAgent.set(agentId, (outcome.perAgent.get(agentId) ?? 0) + answer.assigned_count);
      }
      if (outcome.stopped !== null) return outcome;
      before += part.length;
    }
  }
  return outcome;
}

/** Takes everything away from whoever holds it. */
export async function runUnassign(items: Selected[], options: RunOptions): Promise<Outcome> {
  const outcome = begin("unassign");
  const parts = options.onlyIfUnchanged ? [...byHolder(items)] : ([[undefined, items]] as const);
  let before = 0;
  for (const [holder, part] of parts) {
    const request = {
      opportunity_ids: part.map((item) => item.id),
      ...(holder === undefined ? {} : { expected_assigned_to_id: holder }),
    };
    const call = { ...signalOf(options), onProgress: (n: number) => options.onProgress?.(before + n, items.length) };
    const answer = await step(outcome, () => api.opportunityApi.bulkUnassign(request, call));
    if (answer !== undefined) count(outcome, answer.unassigned_count, answer.operation_ids, answer.errors, part, null);
    if (outcome.stopped !== null) return outcome;
    before += part.length;
  }
  return outcome;
}

/** What came of taking a run back. */
export interface UndoOutcome {
  undone: number;
  errors: ItemError[];
}

/** Takes operations back, newest first. */
export async function runUndo(operationIds: readonly string[]): Promise<UndoOutcome> {
  const outcome: UndoOutcome = { undone: 0, errors: [] };
  for (const id of [...operationIds].reverse()) {
    const answer = await api.operationApi.undo(id);
    outcome.undone += answer.undone_count;
    outcome.errors.push(...answer.errors);
  }
  return outcome;
}

function begin(kind: Outcome["kind"]): Outcome {
  return { kind, done: 0, perAgent: new Map(), missed: [], operationIds: [], stopped: null };
}

const signalOf = ({ signal }: RunOptions) => (signal === undefined ? {} : { signal });

type Answer = (BulkAssigned | BulkUnassigned) & { operation_ids: string[] };

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
  operationIds: string[],
  errors: ItemError[],
  items: Selected[],
  agentId: string | null,
): void {
  outcome.done += done;
  outcome.operationIds.push(...operationIds);
  const known = new Map(items.map((item) => [item.id, item]));
  for (const { opportunity_id, error, code } of errors) {
    const item = known.get(opportunity_id) ?? {
      id: opportunity_id,
      name: opportunity_id,
      holderId: null,
      holderName: null,
    };
    outcome.missed.push({ item, agentId, error, code });
  }
}
