import type { LeadOpportunity } from "@reparto/client";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { csv, download, downloadCsv } from "../../lib/csv";
import { api } from "../../service/api";
import { waitForJob } from "../jobs/jobs";
import { filterOf, type OpportunitySearch, queryOf } from "./search";
import { SELECTION_MAX } from "./selection";

const HEAD = [
  "id",
  "contact",
  "email",
  "phone",
  "city",
  "score",
  "priority",
  "status",
  "assigned_to",
  "detected_at",
  "notes",
];

const row = (one: LeadOpportunity): string[] => [
  one.id,
  one.contact.name,
  one.contact.email ?? "",
  one.contact.phone ?? one.contact.mobile ?? "",
  one.contact.city ?? "",
  String(one.opportunity_score),
  one.priority,
  one.status,
  one.assigned_to?.name ?? "",
  one.detected_at,
  one.notes ?? "",
];

/**
 * Downloads all opportunities that match, or the selected ones among them, as a CSV file. Where there are too many for
 * the page to read, the service writes the file in a job. Those of people who do not want to be contacted are left out,
 * unless the filter asks for them; the answer says how many, or null where the service did it.
 */
export async function exportOpportunities(
  search: OpportunitySearch,
  only: ReadonlyMap<string, unknown>,
  knownTotal?: number,
): Promise<number | null> {
  const separator = separatorOf(preferredLocale());
  const include = search.do_not_contact === true;
  const total = knownTotal ?? (await api.opportunityApi.list({ ...queryOf(search), limit: 1 })).total;
  if (only.size === 0 && total > SELECTION_MAX) {
    const request = { kind: "export", filter: filterOf(search), include_do_not_contact: include } as const;
    const job = await waitForJob(await api.jobApi.create(request));
    download("opportunities.csv", await api.jobApi.file(job.id, { separator }));
    return null;
  }
  const { page: _, limit: __, ...query } = queryOf(search);
  const rows: string[][] = [];
  let leftOut = 0;
  for await (const opportunity of api.opportunityApi.all({ ...query, limit: 1000 })) {
    if (only.size > 0 && !only.has(opportunity.id)) continue;
    if (include || !opportunity.contact.do_not_contact) rows.push(row(opportunity));
    else leftOut += 1;
    if (only.size > 0 && rows.length + leftOut === only.size) break;
  }
  downloadCsv("opportunities.csv", csv([HEAD, ...rows], separator));
  return leftOut;
}
