import { ApiError, type ImportColumn } from "@reparto/client";

/** What the service has to be told before it can read a file: not an error, but a choice. */
export type FileQuestion =
  /** One date that can be read in two ways. */
  | { about: "order"; line: number; text: string }
  /** Dates of both orders. */
  | { about: "orders"; dayLine: number; day: string; monthLine: number; month: string }
  /** Columns of which none is known for what it is. */
  | { about: "columns"; columns: ImportColumn[] };

/** The question that an error of a dry run stands for, if any. */
export function questionOf(error: Error | null): FileQuestion | null {
  if (!(error instanceof ApiError)) return null;
  const { problem } = error;
  const words = (name: string): string => String(problem[name] ?? "");
  const number = (name: string): number => Number(problem[name]);
  switch (error.code) {
    case "date_order_ambiguous":
      return { about: "order", line: number("line"), text: words("text") };
    case "date_order_mixed":
      return {
        about: "orders",
        dayLine: number("day_line"),
        day: words("day"),
        monthLine: number("month_line"),
        month: words("month"),
      };
    case "columns_not_recognised": {
      const { columns } = problem;
      if (!Array.isArray(columns)) return null;
      return { about: "columns", columns: columns.map((name) => ({ name: String(name), field: null, samples: [] })) };
    }
    default:
      return null;
  }
}
