import type { LeadOpportunity } from "@reparto/client";
import { api } from "../../app/api";
import { carriedOut } from "../../assigning/run-jobs";
import { csv, download, downloadCsv } from "../../common/csv";
import { SELECTION_MAX } from "./pick-many";
import { filterOf, type OpportunitySearch, queryOf } from "./search";

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
 * Saves all that match, or those of them that are selected, as a CSV file. What is too much for the page to walk
 * through, the service writes as a job.
 */
export async function exportOpportunities(
  search: OpportunitySearch,
  only: ReadonlyMap<string, unknown>,
  known?: number,
): Promise<void> {
  const total = known ?? (await api.opportunityApi.list({ ...queryOf(search), limit: 1 })).total;
  if (only.size === 0 && total > SELECTION_MAX) {
    const job = await carriedOut(await api.jobApi.create({ kind: "export", filter: filterOf(search) }), {});
    download("opportunities.csv", await api.jobApi.file(job.id));
    return;
  }
  const { page: _, limit: __, ...query } = queryOf(search);
  const rows: string[][] = [];
  for await (const opportunity of api.opportunityApi.all({ ...query, limit: 1000 })) {
    if (only.size === 0 || only.has(opportunity.id)) rows.push(row(opportunity));
    if (only.size > 0 && rows.length === only.size) break;
  }
  downloadCsv("opportunities.csv", csv([HEAD, ...rows]));
}
