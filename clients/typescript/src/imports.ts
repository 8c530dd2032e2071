import { newKey } from "./bulk.js";
import { stream } from "./events.js";
import type { CallOptions, Http } from "./http.js";
import type {
  Import,
  ImportMapping,
  ImportOptions,
  ImportPage,
  ImportPreview,
  ImportQuery,
  ImportRows,
  ImportRowsQuery,
} from "./model.js";

const BASE = "/api/crm/imports";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** Whether nothing of an import, or of its undo, is under way. */
export function importEnded({ status, undo }: Pick<Import, "status" | "undo">): boolean {
  return (status === "finished" || status === "failed") && undo?.finished_at !== null;
}

/** Files of leads that the service reads: CSV or XLSX. For administrators. */
export class ImportApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Takes a file in, whose rows are then written in the background; one that cannot be understood is a 422. */
  create(file: Blob, options: ImportOptions = {}, call: CallOptions = {}): Promise<Import> {
    return this.#http.json("POST", BASE, { idempotencyKey: newKey(), ...call, file, query: queryOf(options) });
  }

  /** What an import of the file would do, row by row. Nothing is written. */
  preview(file: Blob, options: ImportOptions = {}, call: CallOptions = {}): Promise<ImportPreview> {
    return this.#http.json("POST", BASE, { ...call, file, query: { ...queryOf(options), dry_run: true } });
  }

  list(query: ImportQuery = {}, call: CallOptions = {}): Promise<ImportPage> {
    return this.#http.json("GET", BASE, { ...call, query });
  }

  get(id: string, call: CallOptions = {}): Promise<Import> {
    return this.#http.json("GET", at(id), call);
  }

  /**
   * How far an import or its undo is, each second until it has ended; the last one tells how. A stream that is cut off is
   * opened again.
   */
  async *follow(id: string, call: CallOptions = {}): AsyncGenerator<Import, void, void> {
    for await (const { data } of stream(this.#http, at(id, "/events"), call)) {
      const progress = data as Import;
      yield progress;
      if (importEnded(progress)) return;
    }
  }

  /** What became of each row of the file, or of some of them. */
  rows(id: string, query: ImportRowsQuery = {}, call: CallOptions = {}): Promise<ImportRows> {
    return this.#http.json("GET", at(id, "/rows"), { ...call, query });
  }

  /** The same as a CSV file: each row as it came, with its line and what is reported about it. */
  async file(
    id: string,
    query: Pick<ImportRowsQuery, "only" | "separator" | "headers"> = {},
    call: CallOptions = {},
  ): Promise<Blob> {
    const asCsv = { ...call, accept: "text/csv", query: { ...query, format: "csv" } };
    return (await this.#http.send("GET", at(id, "/rows"), asCsv)).blob();
  }

  /** Deletes again what an import created and nobody has changed since; once. */
  undo(id: string, call: CallOptions = {}): Promise<Import> {
    return this.#http.json("POST", at(id, "/undo"), { idempotencyKey: newKey(), ...call });
  }
}

function queryOf({ mapping, ...options }: ImportOptions): object {
  return { ...options, mapping: mappingOf(mapping) };
}

/** The service reads a mapping as JSON. */
function mappingOf(mapping: ImportMapping | undefined): string | undefined {
  return mapping === undefined || Object.keys(mapping).length === 0 ? undefined : JSON.stringify(mapping);
}
