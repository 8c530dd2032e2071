import type { ItemError, OpportunityFilter, Status } from "@reparto/client";
import type { Selected } from "../screens/opportunities/selection";

/** An opportunity that did not get where it should, and why. */
export interface Missed {
  item: Selected;
  /** Whom it was meant for; null where nobody was to get it. */
  agentId: string | null;
  error: string;
  code: string;
}

/** What was carried out as a whole, and is taken back as one. */
export type Step = { operation: string } | { job: string };

/** What came of a run of requests, or of jobs. */
export interface Outcome {
  kind: "assign" | "unassign" | "status";
  /** The status that each was given, where that was the point. */
  status?: Status;
  done: number;
  /** How many were not carried out; `missed` may list fewer. */
  failed: number;
  /** How many each agent got. */
  perAgent: Map<string, number>;
  missed: Missed[];
  /** In the order in which they were carried out. */
  steps: Step[];
  /** What stopped the run before its end; what was done until then is counted above. */
  stopped: Error | null;
  /** Whether the reader stopped it: what failed was then not reached. */
  cancelled: boolean;
}

export function begin(kind: Outcome["kind"]): Outcome {
  return {
    kind,
    done: 0,
    failed: 0,
    perAgent: new Map(),
    missed: [],
    steps: [],
    stopped: null,
    cancelled: false,
  };
}

/** Everything that matches a filter, where that is more than can be picked row by row. */
export interface Whole {
  filter: OpportunityFilter;
  total: number;
}

/** How far a run is. */
export interface RunProgress {
  done: number;
  total: number;
  /** Items a second, and seconds that are left; null where nobody can tell. */
  rate: number | null;
  secondsLeft: number | null;
}

export interface RunOptions {
  /** Leave alone what somebody else moved since the list was read. */
  onlyIfUnchanged: boolean;
  note?: string;
  onProgress?: (progress: RunProgress) => void;
  /** Stops a job; what was done until then stays done. */
  signal?: AbortSignal;
}

/** Adds what an agent got. */
export function given(outcome: Outcome, agentId: string | null, count: number): void {
  outcome.done += count;
  if (agentId !== null) outcome.perAgent.set(agentId, (outcome.perAgent.get(agentId) ?? 0) + count);
}

/** The errors of an answer with the names that are known. */
export function missedOf(errors: readonly ItemError[], items: readonly Selected[], agentId: string | null): Missed[] {
  const known = new Map(items.map((item) => [item.id, item]));
  return errors.map(({ opportunity_id: id, error, code }) => ({
    item: known.get(id) ?? { id, name: id, holderId: null, holderName: null },
    agentId,
    error,
    code,
  }));
}
