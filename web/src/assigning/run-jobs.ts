import { ApiError, type Job, type JobRequest } from "@reparto/client";
import { errorsOf, waitForJob } from "../resources/jobs/jobs";
import type { Selected } from "../resources/opportunities/selection";
import { api } from "../service/api";
import { addDone, failedItemsOf, type Outcome, type RunOptions } from "./outcome";

/** One job of a run. */
export interface JobPart {
  request: Omit<JobRequest, "dry_run">;
  /** The assignee; null if the job assigns to nobody. */
  agentId: string | null;
  /** The job's opportunities; null if a filter names them. */
  items: readonly Selected[] | null;
}

/** Some opportunities were reassigned since the list was loaded, so nothing was done. */
export class ReassignedError extends Error {
  readonly count: number;

  constructor(count: number) {
    super(`${count} opportunities were reassigned`);
    this.count = count;
  }
}

/** The most errors that are listed for a job on a filter. */
const ERRORS_MAX = 100;

/** Runs jobs one after the other, reporting progress over all of them. */
export async function runJobs(outcome: Outcome, parts: readonly JobPart[], options: RunOptions): Promise<Outcome> {
  if (options.onlyIfUnchanged) await refuseIfReassigned(parts);
  const total = parts.reduce((sum, { items }) => sum + (items?.length ?? 0), 0);
  let before = 0;
  for (const part of parts) {
    if (options.signal?.aborted) {
      outcome.cancelled = true;
      return outcome;
    }
    try {
      const job = await api.jobApi.create(part.request);
      outcome.steps.push({ job: job.id });
      const ended = await waitForJob(job, {
        signal: options.signal,
        onProgress: ({ done, failed, rate, seconds_left, total: own }) =>
          options.onProgress?.({
            done: before + done + failed,
            total: part.items === null ? own : total,
            rate,
            // How long the run's other jobs will take is not known.
            secondsLeft: parts.length === 1 ? seconds_left : null,
          }),
      });
      await addJob(outcome, part, ended);
      before += ended.total;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      outcome.stopped = error;
    }
    if (outcome.stopped !== null || outcome.cancelled) return outcome;
  }
  return outcome;
}

/** Throws if others hold some of the opportunities by now. Jobs do not check this themselves. */
async function refuseIfReassigned(parts: readonly JobPart[]): Promise<void> {
  let reassigned = 0;
  for (const { request, items } of parts) {
    if (items === null) continue;
    const missing = new Map<string | null, number>();
    for (const { holderId } of items) missing.set(holderId, (missing.get(holderId) ?? 0) + 1);
    // Those who do not want to be contacted are counted, too: they are among the items, though the job leaves them out.
    const { by_holder } = await api.jobApi.preview({ ...request, include_do_not_contact: true });
    for (const { assigned_to_id, count } of by_holder) {
      missing.set(assigned_to_id, (missing.get(assigned_to_id) ?? 0) - count);
    }
    for (const count of missing.values()) reassigned += Math.max(0, count);
  }
  if (reassigned > 0) throw new ReassignedError(reassigned);
}

async function addJob(outcome: Outcome, { agentId, items }: JobPart, job: Job): Promise<void> {
  addDone(outcome, agentId, job.done);
  outcome.failed += job.failed;
  outcome.cancelled = job.status === "cancelled";
  // Opportunities that a cancelled job did not reach are counted, not listed.
  if (job.failed === 0 || outcome.cancelled) return;
  const errors = await errorsOf(job.id, items === null ? ERRORS_MAX : job.failed);
  outcome.failedItems.push(...failedItemsOf(errors, items ?? [], agentId));
  if (job.status === "failed") outcome.stopped = new Error(errors.at(-1)?.error ?? job.failure ?? "");
}
