import type { Status } from "@reparto/client";
import type { Selected } from "../screens/opportunities/selection";
import { begin, type Outcome, type RunOptions, type Whole } from "./outcome";
import type { Share } from "./plan";
import { type JobPart, runJobs } from "./run-jobs";
import { requestAssign, requestUnassign } from "./run-requests";

/** The most that one request carries; more than this is a job. */
const REQUEST_MAX = 100;

/** Gives every share to its agent: as requests where they are few, else as jobs. */
export function runAssign(shares: readonly Share[], options: RunOptions): Promise<Outcome> {
  const total = shares.reduce((sum, share) => sum + share.items.length, 0);
  if (total <= REQUEST_MAX) return requestAssign(shares, options);
  const parts = shares
    .filter(({ items }) => items.length > 0)
    .map(
      ({ agentId, items }): JobPart => ({
        request: { kind: "bulk_assign", assigned_to_id: agentId, ...noteOf(options), opportunity_ids: idsOf(items) },
        agentId,
        items,
      }),
    );
  return runJobs(begin("assign"), parts, options);
}

/** Gives everything that matches to one agent. */
export function runAssignWhole(whole: Whole, agentId: string, options: RunOptions): Promise<Outcome> {
  const request = { kind: "bulk_assign", assigned_to_id: agentId, ...noteOf(options), filter: whole.filter } as const;
  return runJobs(begin("assign"), [{ request, agentId, items: null }], options);
}

/** Takes everything away from whoever holds it. */
export function runUnassign(what: readonly Selected[] | Whole, options: RunOptions): Promise<Outcome> {
  if (isList(what) && what.length <= REQUEST_MAX) return requestUnassign(what, options);
  return runJobs(begin("unassign"), [part({ kind: "bulk_unassign" }, what)], options);
}

/** Gives everything another status; holders stay. */
export function runSetStatus(what: readonly Selected[] | Whole, status: Status, options: RunOptions): Promise<Outcome> {
  return runJobs({ ...begin("status"), status }, [part({ kind: "set_status", status }, what)], options);
}

const isList = (what: readonly Selected[] | Whole): what is readonly Selected[] => Array.isArray(what);
const idsOf = (items: readonly Selected[]): string[] => items.map((item) => item.id);
const noteOf = ({ note }: RunOptions): { notes?: string } => (note ? { notes: note } : {});

function part(request: JobPart["request"], what: readonly Selected[] | Whole): JobPart {
  return isList(what)
    ? { request: { ...request, opportunity_ids: idsOf(what) }, agentId: null, items: what }
    : { request: { ...request, filter: what.filter }, agentId: null, items: null };
}
