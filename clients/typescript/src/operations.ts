import { newKey } from "./bulk.js";
import type { CallOptions, Http } from "./http.js";
import type { OperationDetails, OperationPage, OperationQuery, Undo } from "./model.js";

const BASE = "/api/crm/operations";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** What was done, by whom, and taking it back. For administrators. */
export class OperationApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  list(query: OperationQuery = {}, options: CallOptions = {}): Promise<OperationPage> {
    return this.#http.json("GET", BASE, { ...options, query });
  }

  get(id: string, options: CallOptions = {}): Promise<OperationDetails> {
    return this.#http.json("GET", at(id), options);
  }

  /** Gives each opportunity back, where nothing newer has touched it; the others are in `errors`. */
  undo(id: string, options: CallOptions = {}): Promise<Undo> {
    return this.#http.json("POST", at(id, "/undo"), { idempotencyKey: newKey(), ...options });
  }
}
