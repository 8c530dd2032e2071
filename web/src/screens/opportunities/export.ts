import type { LeadOpportunity } from "@reparto/client";
import { api } from "../../app/api";
import { csv, download } from "../../common/csv";
import { type OpportunitySearch, queryOf } from "./search";

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

/** Saves all that match, or those of them that are selected, as a CSV file. */
export async function exportOpportunities(
  search: OpportunitySearch,
  only: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { page: _, limit: __, ...query } = queryOf(search);
  const rows: string[][] = [];
  for await (const opportunity of api.opportunityApi.all({ ...query, limit: 1000 })) {
    if (only.size === 0 || only.has(opportunity.id)) rows.push(row(opportunity));
    if (only.size > 0 && rows.length === only.size) break;
  }
  download("opportunities.csv", csv([HEAD, ...rows]));
}
