import { ApiError } from "@reparto/client";
import { api } from "../../app/api";
import type { Row, RowFault } from "./mapping";

/** A row that did not come in. */
export interface Bad {
  line: number;
  cells: string[];
  reason: string;
}

export interface ImportReport {
  created: number;
  known: number;
  bad: Bad[];
}

const AT_ONCE = 4;

/**
 * Brings rows in, a few at once: the contact, then its opportunity. A contact whose address or number is there already
 * is not made again; where it has an opportunity, the row counts as known.
 */
export async function importRows(
  rows: readonly Row[],
  explain: (fault: RowFault) => string,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  const report: ImportReport = { created: 0, known: 0, bad: [] };
  const waiting = [...rows].reverse();
  let done = 0;
  const work = async (): Promise<void> => {
    for (let row = waiting.pop(); row !== undefined && !signal.aborted; row = waiting.pop()) {
      const { line, cells } = row;
      if ("fault" in row) {
        report.bad.push({ line, cells, reason: explain(row.fault) });
      } else {
        try {
          if (await bringIn(row.lead, signal)) report.created += 1;
          else report.known += 1;
        } catch (error) {
          if (!(error instanceof ApiError) || error.status === 0 || error.status === 401) throw error;
          report.bad.push({ line, cells, reason: error.message });
        }
      }
      done += 1;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  report.bad.sort((one, other) => one.line - other.line);
  return report;
}

type Lead = Extract<Row, { lead: unknown }>["lead"];

/** True where the row made an opportunity. */
async function bringIn({ contact, opportunity }: Lead, signal: AbortSignal): Promise<boolean> {
  const key = [contact.email, contact.phone, contact.mobile].find((one) => typeof one === "string");
  const known = await knownContact(key, signal);
  const contactId = known ?? (await api.contactApi.create(contact, { signal })).id;
  try {
    await api.opportunityApi.create({ ...opportunity, contact_id: contactId }, { signal });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === "contact_has_opportunity") return false;
    throw error;
  }
}

async function knownContact(key: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (key === undefined) return undefined;
  const wanted = key.toLowerCase();
  const { items } = await api.contactApi.list({ search: key, limit: 20 }, { signal });
  return items.find((one) => [one.email, one.phone, one.mobile].some((value) => value?.toLowerCase() === wanted))?.id;
}
