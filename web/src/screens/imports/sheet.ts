import { unescapeCell } from "../../lib/csv";

/** A CSV file as it was read: its column titles and its rows. */
export interface Sheet {
  name: string;
  titles: string[];
  rows: string[][];
}

/**
 * Reads a CSV file. The marks that keep spreadsheets from running a cell are taken off, whoever set them, so that what
 * this page or the service exported comes back unchanged.
 */
export async function parseSheet(name: string, text: string): Promise<Sheet> {
  const { default: papa } = await import("papaparse");
  const { data } = papa.parse<string[]>(text.replace(/^\uFEFF/, ""), { skipEmptyLines: "greedy" });
  const [titles = [], ...rows] = data.map((cells) => cells.map(unescapeCell));
  return { name, titles, rows };
}
