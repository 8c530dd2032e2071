import { ApiError } from "@reparto/client";
import { api } from "../../service/api";
import type { Row, RowFault } from "./mapping";

/** A row that was not imported. */
export interface RejectedRow {
  line: number;
  cells: string[];
  reason: string;
}

export interface ImportReport {
  created: number;
  existing: number;
  rejected: RejectedRow[];
}

const AT_ONCE = 4;

/**
 * Imports rows, a few at a time: the contact, then its opportunity. A contact with the same email or phone is not created
 * again; if it already has an opportunity, the row counts as existing.
 */
export async function importRows(
  rows: readonly Row[],
  explain: (fault: RowFault) => string,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  const report: ImportReport = { created: 0, existing: 0, rejected: [] };
  const remaining = [...rows].reverse();
  let done = 0;
  const work = async (): Promise<void> => {
    for (let row = remaining.pop(); row !== undefined && !signal.aborted; row = remaining.pop()) {
      const { line, cells } = row;
      if ("fault" in row) {
        report.rejected.push({ line, cells, reason: explain(row.fault) });
      } else {
        try {
          if (await importLead(row.lead, signal)) report.created += 1;
          else report.existing += 1;
        } catch (error) {
          if (!(error instanceof ApiError) || error.status === 0 || error.status === 401) throw error;
          report.rejected.push({ line, cells, reason: error.message });
        }
      }
      done += 1;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  report.rejected.sort((one, other) => one.line - other.line);
  return report;
}

type Lead = Extract<Row, { lead: unknown }>["lead"];

/** Whether the row created an opportunity. */
async function importLead({ contact, opportunity }: Lead, signal: AbortSignal): Promise<boolean> {
  const key = [contact.email, contact.phone, contact.mobile].find((one) => typeof one === "string");
  const existing = await findContact(key, signal);
  const contactId = existing ?? (await api.contactApi.create(contact, { signal })).id;
  try {
    await api.opportunityApi.create({ ...opportunity, contact_id: contactId }, { signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === "contact_has_opportunity") return false;
    throw error;
  }
}

async function findContact(key: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const wanted = key.toLowerCase();
  const { items } = await api.contactApi.list({ search: key, limit: 20 }, { signal });
  return items.find((one) => [one.email, one.phone, one.mobile].some((value) => value?.toLowerCase() === wanted))?.id;
}
