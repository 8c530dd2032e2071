/** The mark that makes a part of a cell harmless; an import takes it off again. */
const MARK = "'";

/** Parts of a cell, each with the separator that ends it: a spreadsheet may start a new cell after any of these. */
const PARTS = /[^;\t\r\n]*[;\t\r\n]|[^;\t\r\n]+$/g;

/** A formula sign behind spaces and marks, also in its full-width form: a spreadsheet may run what starts with it. */
const RISKY = /^[ ']*[=+\-@＝＋－＠]/;

/**
 * Cells that need a mark in front as a whole: those that start with a tab or a line break, and those whose own
 * apostrophe before a digit an import would take for the mark with which spreadsheets keep a number as text.
 */
const MARKED_IN_FRONT = /^(?:'*[\t\r\n]|'+[0-9])/;

const partsOf = (cell: string): string[] => cell.match(PARTS) ?? [];

function needsMark(cell: string, part: string, place: number): boolean {
  return RISKY.test(part) || (place === 0 && MARKED_IN_FRONT.test(cell));
}

/**
 * The cell with an apostrophe in front of each part that a spreadsheet would run as a formula; other cells unchanged.
 * The same rule as the service's (`crates/domain/src/spreadsheet.rs`).
 */
export function escapeCell(cell: string): string {
  return partsOf(cell)
    .map((part, place) => (needsMark(cell, part, place) ? MARK + part : part))
    .join("");
}

function quote(cell: string): string {
  return /[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What separates cells, in the words of the service. */
export type Separator = "comma" | "semicolon";

const SIGNS: Record<Separator, string> = { comma: ",", semicolon: ";" };

/** Rows as a CSV file that spreadsheets read as UTF-8 and in which they run nothing. */
export function csv(rows: readonly (readonly string[])[], separator: Separator): string {
  const lines = rows.map((row) => row.map((cell) => quote(escapeCell(cell))).join(SIGNS[separator]));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

/** Makes the browser save CSV text as a file. */
export function downloadCsv(name: string, text: string): void {
  download(name, new Blob([text], { type: "text/csv;charset=utf-8" }));
}

/** Makes the browser save a file. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
