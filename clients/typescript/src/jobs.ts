import { newKey } from "./bulk.js";
import { stream } from "./events.js";
import type { CallOptions, Http } from "./http.js";
import type {
  Job,
  JobItems,
  JobItemsQuery,
  JobPage,
  JobPreview,
  JobProgress,
  JobQuery,
  JobRequest,
  JobStatus,
} from "./model.js";

const BASE = "/api/crm/jobs";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** Whether nothing more will happen to a job. */
export function jobEnded(status: JobStatus): boolean {
  return status === "finished" || status === "cancelled" || status === "failed";
}

/** Work on more opportunities than a request may carry. For administrators. */
export class JobApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Makes a job; its set of opportunities is frozen at this moment. */
  create(request: Omit<JobRequest, "dry_run">, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("POST", BASE, { idempotencyKey: newKey(), ...options, body: request });
  }

  /** What a job would do: the counts, by present holder. Nothing is made. */
  preview(request: Omit<JobRequest, "dry_run">, options: CallOptions = {}): Promise<JobPreview> {
    return this.#http.json("POST", BASE, { ...options, body: { ...request, dry_run: true } });
  }

  list(query: JobQuery = {}, options: CallOptions = {}): Promise<JobPage> {
    return this.#http.json("GET", BASE, { ...options, query });
  }

  get(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("GET", at(id), options);
  }

  items(id: string, query: JobItemsQuery = {}, options: CallOptions = {}): Promise<JobItems> {
    return this.#http.json("GET", at(id, "/items"), { ...options, query });
  }

  /**
   * How far a job is, each second until it has ended; the last one tells how. A stream that is cut off is opened again.
   */
  async *follow(id: string, options: CallOptions = {}): AsyncGenerator<JobProgress, void, void> {
    for await (const { data } of stream(this.#http, at(id, "/events"), options)) {
      const progress = data as JobProgress;
      yield progress;
      if (jobEnded(progress.status)) return;
    }
  }

  /**
   * All items as a file, or those with errors alone; of an export, what it has written. CSV, or an Excel workbook with
   * the format `xlsx`.
   */
  async file(
    id: string,
    query: Pick<JobItemsQuery, "only" | "separator" | "headers" | "time_zone"> & { format?: "csv" | "xlsx" } = {},
    options: CallOptions = {},
  ): Promise<Blob> {
    const call = { ...options, accept: "text/csv", query: { format: "csv", ...query } };
    return (await this.#http.send("GET", at(id, "/items"), call)).blob();
  }

  /** An ended job is a 409. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("POST", at(id, "/cancel"), { idempotencyKey: newKey(), ...options });
  }

  /** Lets a cancelled or failed job go on with what was left of its set; any other is a 409. */
  resume(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("POST", at(id, "/resume"), { idempotencyKey: newKey(), ...options });
  }

  /** Takes all of a job back: a new job. */
  undo(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("POST", at(id, "/undo"), { idempotencyKey: newKey(), ...options });
  }
}
