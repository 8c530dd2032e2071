import { newKey } from "./bulk.js";
import type { CallOptions, Http } from "./http.js";
import type { Contact, ContactChange, ContactPage, ContactQuery, Erased } from "./model.js";

const BASE = "/api/crm/contacts";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** The people whom opportunities are about. */
export class ContactApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  list(query: ContactQuery = {}, options: CallOptions = {}): Promise<ContactPage> {
    return this.#http.json("GET", BASE, { ...options, query });
  }

  async count(query: ContactQuery = {}, options: CallOptions = {}): Promise<number> {
    const { total } = await this.#http.json<{ total: number }>("GET", `${BASE}/count`, { ...options, query });
    return total;
  }

  get(id: string, options: CallOptions = {}): Promise<Contact> {
    return this.#http.json("GET", at(id), options);
  }

  create(contact: ContactChange, options: CallOptions = {}): Promise<Contact> {
    return this.#http.json("POST", BASE, { idempotencyKey: newKey(), ...options, body: contact });
  }

  update(id: string, change: ContactChange, options: CallOptions = {}): Promise<Contact> {
    return this.#http.json("PATCH", at(id), { ...options, body: change });
  }

  /**
   * For administrators. A contact with an opportunity is a 409 unless that goes with it.
   */
  remove(id: string, options: CallOptions & { withOpportunity?: boolean } = {}): Promise<void> {
    const { withOpportunity, ...call } = options;
    const query = withOpportunity === undefined ? {} : { with_opportunity: withOpportunity };
    return this.#http.json("DELETE", at(id), { ...call, query });
  }

  /** Everything that is kept about one person, as a JSON file. For administrators. */
  async everything(id: string, options: CallOptions = {}): Promise<Blob> {
    return (await this.#http.send("GET", at(id, "/everything"), options)).blob();
  }

  /** Erases for good everything that says who it was; counts and the history of holders stay. For administrators. */
  erase(id: string, reason: string, options: CallOptions = {}): Promise<Erased> {
    return this.#http.json("POST", at(id, "/erase"), { idempotencyKey: newKey(), ...options, body: { reason } });
  }
}
