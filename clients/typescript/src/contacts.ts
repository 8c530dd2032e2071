import { newKey } from "./bulk.js";
import type { CallOptions, Http } from "./http.js";
import type { Contact, ContactChange, ContactPage, ContactQuery } from "./model.js";

const BASE = "/api/crm/contacts";
const at = (id: string) => `${BASE}/${encodeURIComponent(id)}`;

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

  remove(id: string, options: CallOptions = {}): Promise<void> {
    return this.#http.json("DELETE", at(id), options);
  }
}
