import { ApiError, type ItemError, type Job, type JobProgress, type JobRequest } from "@reparto/client";
import { api } from "../app/api";
import type { Selected } from "../screens/opportunities/selection";
import { given, missedOf, type Outcome, type RunOptions } from "./outcome";

/** What one job is to do. */
export interface JobPart {
  request: Omit<JobRequest, "dry_run">;
  /** Who gets it; null where nobody does. */
  agentId: string | null;
  /** What it is about, where that is known one by one. */
  items: readonly Selected[] | null;
}

/** Some changed hands since the list was read: nothing was done. */
export class ChangedMeanwhile extends Error {
  readonly count: number;

  constructor(count: number) {
    super(`${count} changed hands`);
    this.count = count;
  }
}

/** The most errors that are listed of a job whose items are not known one by one. */
const SAMPLE = 100;

/** Carries jobs out one after the other, and tells how far they are. */
export async function runJobs(outcome: Outcome, parts: readonly JobPart[], options: RunOptions): Promise<Outcome> {
  if (options.onlyIfUnchanged) await unmoved(parts);
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
      const ended = await carriedOut(job, options, ({ done, failed, rate, seconds_left, total: own }) =>
        options.onProgress?.({
          done: before + done + failed,
          total: part.items === null ? own : total,
          rate,
          // What other jobs of this run will take is not known.
          secondsLeft: parts.length === 1 ? seconds_left : null,
        }),
      );
      await count(outcome, part, ended);
      before += ended.total;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      outcome.stopped = error;
    }
    if (outcome.stopped !== null || outcome.cancelled) return outcome;
  }
  return outcome;
}

/** Refuses where somebody else holds what was to be taken from another: a job asks nobody. */
async function unmoved(parts: readonly JobPart[]): Promise<void> {
  let moved = 0;
  for (const { request, items } of parts) {
    if (items === null) continue;
    const left = new Map<string | null, number>();
    for (const { holderId } of items) left.set(holderId, (left.get(holderId) ?? 0) + 1);
    const { by_holder } = await api.jobApi.preview(request);
    for (const { assigned_to_id, count } of by_holder) {
      left.set(assigned_to_id, (left.get(assigned_to_id) ?? 0) - count);
    }
    for (const count of left.values()) moved += Math.max(0, count);
  }
  if (moved > 0) throw new ChangedMeanwhile(moved);
}

/** A job as it ended. */
export async function carriedOut(
  job: Job,
  { signal }: Pick<RunOptions, "signal">,
  tell: (progress: JobProgress) => void = () => undefined,
): Promise<Job> {
  // A job that has ended by itself meanwhile cannot be stopped, and tells so itself.
  const cancel = (): void => void api.jobApi.cancel(job.id).catch(() => undefined);
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    let last: Job = job;
    for await (const progress of api.jobApi.follow(job.id)) {
      last = progress;
      tell(progress);
    }
    return last;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

async function count(outcome: Outcome, { agentId, items }: JobPart, job: Job): Promise<void> {
  given(outcome, agentId, job.done);
  outcome.failed += job.failed;
  outcome.cancelled = job.status === "cancelled";
  // What was not reached is no error worth a list.
  if (job.failed === 0 || outcome.cancelled) return;
  const errors = await errorsOf(job.id, items === null ? SAMPLE : job.failed);
  outcome.missed.push(...missedOf(errors, items ?? [], agentId));
  if (job.status === "failed") outcome.stopped = new Error(errors.at(-1)?.error ?? job.failure ?? "");
}

/** Why items of a job failed, at most so many. */
export async function errorsOf(job: string, most: number): Promise<ItemError[]> {
  const errors: ItemError[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(most - errors.length, 1000);
    const page = await api.jobApi.items(job, { only: "errors", limit, ...(cursor === null ? {} : { cursor }) });
    for (const { opportunity_id, error, code } of page.items) {
      errors.push({ opportunity_id, error: error ?? "", code: code ?? "" } as ItemError);
    }
    cursor = page.next_cursor;
  } while (cursor !== null && errors.length < most);
  return errors;
}
