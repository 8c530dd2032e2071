import { type Job, type JobProgress, jobEnded } from "@reparto/client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../../app/api";

/** A job as it goes on, told by the service each second; what is read of it otherwise is read anew when it has ended. */
export function useJobProgress(job: Job | undefined): JobProgress | null {
  const client = useQueryClient();
  const [progress, setProgress] = useState<JobProgress | null>(null);
  const id = job === undefined || jobEnded(job.status) ? undefined : job.id;
  useEffect(() => {
    if (id === undefined) return undefined;
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const next of api.jobApi.follow(id, { signal: abort.signal })) setProgress(next);
      if (!abort.signal.aborted) {
        await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
      }
    };
    // Without a stream the job is still read anew from time to time.
    follow().catch(() => undefined);
    return () => abort.abort();
  }, [id, client]);
  return progress !== null && progress.id === job?.id ? progress : null;
}
