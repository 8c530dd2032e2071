import type { Status } from "@reparto/client";
import type { AllMatching, Selected } from "../resources/opportunities/selection";
import { emptyOutcome, includeOf, type Outcome, type RunOptions } from "./outcome";
import type { Share } from "./plan";
import { type JobPart, runJobs } from "./run-jobs";
import { requestAssign, requestUnassign } from "./run-requests";

/** The most opportunities in one request; more run as jobs. */
const REQUEST_MAX = 100;

/** Assigns each share to its agent, by requests or by jobs depending on their number. */
export function runAssign(shares: readonly Share[], options: RunOptions): Promise<Outcome> {
  const total = shares.reduce((sum, share) => sum + share.items.length, 0);
  if (total <= REQUEST_MAX) return requestAssign(shares, options);
  const parts = shares
    .filter(({ items }) => items.length > 0)
    .map(
      ({ agentId, items }): JobPart => ({
        request: {
          kind: "bulk_assign",
          assigned_to_id: agentId,
          ...noteOf(options),
          ...includeOf(options),
          opportunity_ids: idsOf(items),
        },
        agentId,
        items,
      }),
    );
  return runJobs(emptyOutcome("assign"), parts, options);
}

/** Assigns everything that matches to one agent. */
export function runAssignMatching(matching: AllMatching, agentId: string, options: RunOptions): Promise<Outcome> {
  const request = {
    kind: "bulk_assign",
    assigned_to_id: agentId,
    ...noteOf(options),
    ...includeOf(options),
    filter: matching.filter,
  } as const;
  return runJobs(emptyOutcome("assign"), [{ request, agentId, items: null }], options);
}

/** Unassigns opportunities from whoever holds them. */
export function runUnassign(what: readonly Selected[] | AllMatching, options: RunOptions): Promise<Outcome> {
  if (isList(what) && what.length <= REQUEST_MAX) return requestUnassign(what, options);
  return runJobs(emptyOutcome("unassign"), [partOf({ kind: "bulk_unassign" }, what)], options);
}

/** Sets the status of opportunities; their assignees stay. */
export function runSetStatus(
  what: readonly Selected[] | AllMatching,
  status: Status,
  options: RunOptions,
): Promise<Outcome> {
  return runJobs({ ...emptyOutcome("status"), status }, [partOf({ kind: "set_status", status }, what)], options);
}

const isList = (what: readonly Selected[] | AllMatching): what is readonly Selected[] => Array.isArray(what);
const idsOf = (items: readonly Selected[]): string[] => items.map((item) => item.id);
const noteOf = ({ note }: RunOptions): { notes?: string } => (note ? { notes: note } : {});

function partOf(request: JobPart["request"], what: readonly Selected[] | AllMatching): JobPart {
  return isList(what)
    ? { request: { ...request, opportunity_ids: idsOf(what) }, agentId: null, items: what }
    : { request: { ...request, filter: what.filter }, agentId: null, items: null };
}
