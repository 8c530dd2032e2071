import type { JobProgress } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { plainText } from "../../i18n/plain";
import { download } from "../../lib/csv";
import { timeZone } from "../../lib/zone";
import { api } from "../../service/api";
import { waitForJob } from "../jobs/jobs";
import { filterOf, type OpportunitySearch } from "./search";

/** The formats of exported files, the one for people first. */
export const FORMATS = ["xlsx", "csv"] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** All that match, or these alone. */
export interface Exported {
  search: OpportunitySearch;
  format: ExportFormat;
  ids?: readonly string[];
}

/**
 * Downloads opportunities as a file that the service writes in a job: so that the audit log has who took what, whatever
 * becomes of the page. Columns are named in the reader's language, times are in their zone. Those of people who do not want to be contacted are left out, unless the filter asks
 * for them. Returns how many were left out.
 */
async function exportOpportunities(
  { search, format, ids = [] }: Exported,
  onProgress: (progress: JobProgress) => void,
): Promise<number> {
  const made = await api.jobApi.create({
    kind: "export",
    ...(ids.length > 0 ? { opportunity_ids: [...ids] } : { filter: filterOf(search) }),
    include_do_not_contact: search.do_not_contact === true,
  });
  const job = await waitForJob(made, { onProgress });
  if (job.status !== "finished") throw new Error(plainText("exportEnded"));
  const layout = {
    format,
    separator: separatorOf(preferredLocale()),
    headers: "translated",
    time_zone: timeZone,
  } as const;
  download(`${plainText("exportName")}.${format}`, await api.jobApi.file(job.id, layout));
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
