import { type Job, type JobProgress, jobEnded } from "@reparto/client";
import { useEffect, useState } from "react";
import { api } from "../../app/api";
import { useRefresh } from "../../app/refresh";

/** A job as it goes on, told by the service each second; what is read of it otherwise is read anew when it has ended. */
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
    // Without a stream the job is still read anew from time to time.
    follow().catch(() => undefined);
    return () => abort.abort();
  }, [id, refresh]);
  return progress !== null && progress.id === job?.id ? progress : null;
}
