import { csv, type Separator } from "../../lib/csv";
import type { Field } from "./fields";

/** The columns of the sample file. */
export const SAMPLE = [
  "first_name",
  "last_name",
  "email",
  "phone",
  "company_name",
  "city",
  "opportunity_score",
  "priority",
  "notes",
] as const satisfies Field[];
type Column = (typeof SAMPLE)[number];

/** A file as it should be: the names of the columns and a row, in the reader's language. */
export function sampleFile(
  titleOf: (column: Column) => string,
  cellOf: (column: Column) => string,
  separator: Separator,
): string {
  return csv([SAMPLE.map(titleOf), SAMPLE.map(cellOf)], separator);
}
