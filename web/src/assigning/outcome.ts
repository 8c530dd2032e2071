import type { ItemError, Status } from "@reparto/client";
import type { Selected } from "../resources/opportunities/selection";

/** An opportunity that was not changed, and why. */
export interface FailedItem {
  item: Selected;
  /** The intended assignee; null if there was none. */
  agentId: string | null;
  error: string;
  code: string;
}

/** The code of an item that was left out because the person does not want to be contacted. */
export const DO_NOT_CONTACT = "do_not_contact";

/** An operation or a job that was carried out; it can be undone as one. */
export type Step = { operation: string } | { job: string };

/** The result of a run of requests or jobs. */
export interface Outcome {
  kind: "assign" | "unassign" | "status";
  /** The new status, for runs of kind `status`. */
  status?: Status;
  done: number;
  /** How many opportunities were not changed; `failedItems` may list fewer. */
  failed: number;
  /** The number of opportunities assigned, by agent id. */
  perAgent: Map<string, number>;
  failedItems: FailedItem[];
  /** In the order in which they were carried out. */
  steps: Step[];
  /** The error that ended the run early; what was done before it is counted above. */
  stopped: Error | null;
  /** Whether the user stopped the run: then `failed` counts what was not reached. */
  cancelled: boolean;
}

export function emptyOutcome(kind: Outcome["kind"]): Outcome {
  return {
    kind,
    done: 0,
    failed: 0,
    perAgent: new Map(),
    failedItems: [],
    steps: [],
    stopped: null,
    cancelled: false,
  };
}

export interface RunProgress {
  done: number;
  total: number;
  /** Items per second; null if unknown. */
  rate: number | null;
  /** Null if unknown. */
  secondsLeft: number | null;
}

export interface RunOptions {
  /** Skip opportunities that somebody else reassigned since the list was loaded. */
  onlyIfUnchanged: boolean;
  /** Assign also opportunities of people who do not want to be contacted. */
  includeDoNotContact?: boolean;
  note?: string;
  onProgress?: (progress: RunProgress) => void;
  /** Cancels a job; what is done by then stays done. */
  signal?: AbortSignal;
}

/** What a request says about people who do not want to be contacted. */
export const includeOf = ({ includeDoNotContact }: RunOptions): { include_do_not_contact?: true } =>
  includeDoNotContact ? { include_do_not_contact: true } : {};

/** Counts opportunities as done, and as assigned if there is an agent. */
export function addDone(outcome: Outcome, agentId: string | null, count: number): void {
  outcome.done += count;
  if (agentId !== null) outcome.perAgent.set(agentId, (outcome.perAgent.get(agentId) ?? 0) + count);
}

/** An answer's errors, with the opportunities' names where these are known. */
export function failedItemsOf(
  errors: readonly ItemError[],
  items: readonly Selected[],
  agentId: string | null,
): FailedItem[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  return errors.map(({ opportunity_id: id, error, code }) => ({
    item: byId.get(id) ?? { id, name: id, holderId: null, holderName: null, doNotContact: false },
    agentId,
    error,
    code,
  }));
}
