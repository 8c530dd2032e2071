import type { JobProgress } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { plainText } from "../../i18n/plain";
import { download } from "../../lib/csv";
import { api } from "../../service/api";
import { waitForJob } from "../jobs/jobs";
import { filterOf, type OpportunitySearch } from "./search";

/** All that match, or these alone. */
export interface Exported {
  search: OpportunitySearch;
  ids?: readonly string[];
}

/**
 * Downloads opportunities as a CSV file that the service writes in a job: so that the audit log has who took what,
 * whatever becomes of the page. Those of people who do not want to be contacted are left out, unless the filter asks
 * for them. Returns how many were left out.
 */
async function exportOpportunities(
  { search, ids = [] }: Exported,
  onProgress: (progress: JobProgress) => void,
): Promise<number> {
  const made = await api.jobApi.create({
    kind: "export",
    ...(ids.length > 0 ? { opportunity_ids: [...ids] } : { filter: filterOf(search) }),
    include_do_not_contact: search.do_not_contact === true,
  });
  const job = await waitForJob(made, { onProgress });
  if (job.status !== "finished") throw new Error(plainText("exportEnded"));
  download("opportunities.csv", await api.jobApi.file(job.id, { separator: separatorOf(preferredLocale()) }));
  return job.failed;
}

/** An export, and the part of it that is written, from 0 to 1; null where none is being written. */
export function useExport(options: { onSuccess?: (leftOut: number) => void; onError?: (error: Error) => void } = {}) {
  const [part, setPart] = useState<number | null>(null);
  const save = useMutation({
    mutationFn: (what: Exported) => {
      setPart(0);
      return exportOpportunities(what, ({ done, failed, total }) => setPart(total === 0 ? 1 : (done + failed) / total));
    },
    ...options,
    onSettled: () => setPart(null),
  });
  return { start: save.mutate, part, error: save.error };
}
