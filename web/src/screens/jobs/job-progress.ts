import { type Job, type JobProgress, jobEnded } from "@reparto/client";
import { useEffect, useState } from "react";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

/** Follows a running job, which the service reports every second. Refetches everything when it has ended. */
export function useJobProgress(job: Job | undefined): JobProgress | null {
  const refresh = useRefresh();
  const [progress, setProgress] = useState<JobProgress | null>(null);
  const id = job === undefined || jobEnded(job.status) ? undefined : job.id;
  useEffect(() => {
    if (id === undefined) return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const next of api.jobApi.follow(id, { signal: abort.signal })) setProgress(next);
      if (!abort.signal.aborted) refresh();
    };
    // Without a stream the job is still refetched from time to time.
    follow().catch(() => undefined);
    return () => abort.abort();
  }, [id, refresh]);
  return progress !== null && progress.id === job?.id ? progress : null;
}
