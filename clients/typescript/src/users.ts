import type { CallOptions, Http } from "./http.js";
import type {
  AuditPage,
  AuditQuery,
  CrmUser,
  DeletedUser,
  Role,
  User,
  UserChange,
  UserCreate,
  UserExportQuery,
  UserPage,
  UserQuery,
} from "./model.js";

const BASE = "/api/users";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** Accounts. For administrators, but for {@link me} and the CRM's lists. */
export class UserApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Who is signed in. */
  me(options: CallOptions = {}): Promise<User> {
    return this.#http.json("GET", `${BASE}/me`, options);
  }

  list(query: UserQuery = {}, options: CallOptions = {}): Promise<UserPage> {
    return this.#http.json("GET", `${BASE}/`, { ...options, query });
  }

  get(id: string, options: CallOptions = {}): Promise<User> {
    return this.#http.json("GET", at(id), options);
  }

  create(user: UserCreate, options: CallOptions = {}): Promise<User> {
    return this.#http.json("POST", `${BASE}/`, { ...options, body: user });
  }

  update(id: string, change: UserChange, options: CallOptions = {}): Promise<User> {
    return this.#http.json("PATCH", at(id), { ...options, body: change });
  }

  setRole(id: string, role: Role, options: CallOptions = {}): Promise<User> {
    return this.#http.json("PATCH", at(id, "/role"), { ...options, body: { role } });
  }

  setActive(id: string, isActive: boolean, options: CallOptions = {}): Promise<User> {
    return this.#http.json("PATCH", at(id, "/status"), { ...options, body: { is_active: isActive } });
  }

  setPassword(id: string, password: string, options: CallOptions = {}): Promise<User> {
    return this.#http.json("PATCH", at(id, "/password"), { ...options, body: { password } });
  }

  /** Says how many open opportunities stay with the user until they are handed over. */
  remove(id: string, options: CallOptions = {}): Promise<DeletedUser> {
    return this.#http.json("DELETE", at(id), options);
  }

  auditLogs(query: AuditQuery = {}, options: CallOptions = {}): Promise<AuditPage> {
    return this.#http.json("GET", `${BASE}/audit-logs`, { ...options, query });
  }

  /** The accounts as a CSV file's text. */
  async exportCsv(query: UserExportQuery = {}, options: CallOptions = {}): Promise<string> {
    const call = { ...options, query: { ...query, format: "csv" }, accept: "text/csv" };
    const response = await this.#http.send("GET", `${BASE}/export`, call);
    return response.text();
  }

  /** The CRM's people, by name. For staff. */
  crmUsers(query: { is_active?: boolean } = {}, options: CallOptions = {}): Promise<CrmUser[]> {
    return this.#http.json("GET", "/api/crm/users", { ...options, query });
  }

  crmUser(id: string, options: CallOptions = {}): Promise<CrmUser> {
    return this.#http.json("GET", `/api/crm/users/${encodeURIComponent(id)}`, options);
  }

  /** Those who may be given opportunities; with `is_active: false` the inactive too. */
  responsibles(query: { is_active?: boolean } = {}, options: CallOptions = {}): Promise<CrmUser[]> {
    return this.#http.json("GET", "/api/crm/users/responsibles", { ...options, query });
  }
}
