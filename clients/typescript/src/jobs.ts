import { newKey } from "./bulk.js";
import type { CallOptions, Http } from "./http.js";
import type { Job, JobItems, JobItemsQuery, JobPage, JobPreview, JobQuery, JobRequest } from "./model.js";

const BASE = "/api/crm/jobs";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

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

  /** An ended job is a 409. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("POST", at(id, "/cancel"), { idempotencyKey: newKey(), ...options });
  }

  /** Takes all of a job back: a new job. */
  undo(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#http.json("POST", at(id, "/undo"), { idempotencyKey: newKey(), ...options });
  }
}
