import type { ItemError, Job, JobProgress } from "@reparto/client";
import { api } from "../../service/api";

/** Waits until a job has ended, and returns it as it then is. Aborting the signal cancels the job. */
export async function waitForJob(
  job: Job,
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (progress: JobProgress) => void } = {},
): Promise<Job> {
  // Cancelling fails where the job has just ended by itself: the last progress says so.
  const cancel = (): void => void api.jobApi.cancel(job.id).catch(() => undefined);
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    let last: Job = job;
    for await (const progress of api.jobApi.follow(job.id)) {
      last = progress;
      onProgress?.(progress);
    }
    return last;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/** The errors of a job's failed items, at most `most` of them. */
export async function errorsOf(jobId: string, most: number): Promise<ItemError[]> {
  const errors: ItemError[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(most - errors.length, 1000);
    const page = await api.jobApi.items(jobId, { only: "errors", limit, ...(cursor === null ? {} : { cursor }) });
    for (const { opportunity_id, error, code } of page.items) {
      errors.push({ opportunity_id, error: error ?? "", code: code ?? "" } as ItemError);
    }
    cursor = page.next_cursor;
  } while (cursor !== null && errors.length < most);
  return errors;
}
