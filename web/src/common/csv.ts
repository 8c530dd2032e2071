/** A cell that a spreadsheet would run as a formula is made harmless. */
function cell(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) && !/^[+-]?[\d\s().-]+$/.test(value) ? `'${value}` : value;
  return /[",\n\r;]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Rows as the text of a CSV file that spreadsheets read as UTF-8. */
export function csv(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Has the browser save a text as a file. */
export function download(name: string, text: string): void {
  save(name, new Blob([text], { type: "text/csv;charset=utf-8" }));
}

/** Has the browser save a file. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
