import type { Session } from "./auth.js";
import type { CallOptions, Http } from "./http.js";
import type {
  AuditPage,
  AuditQuery,
  CrmUser,
  DeletedUser,
  Erased,
  NewSecondFactor,
  PasswordReset,
  RecoveryCodes,
  Role,
  SecondFactor,
  User,
  UserChange,
  UserCreate,
  UserExportQuery,
  UserPage,
  UserQuery,
  UserSession,
} from "./model.js";

const BASE = "/api/users";
const at = (id: string, rest = "") => `${BASE}/${encodeURIComponent(id)}${rest}`;

/** Accounts. For administrators, except {@link me} and the CRM's lists. */
export class UserApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Who is signed in. */
  me(options: CallOptions = {}): Promise<User> {
    return this.#http.json("GET", `${BASE}/me`, options);
  }

  /** One's own password. Every other session of the account ends; this one goes on with a new pair. */
  changePassword(currentPassword: string, newPassword: string, options: CallOptions = {}): Promise<Session> {
    const body = { current_password: currentPassword, new_password: newPassword };
    return this.#http.newTokens("POST", `${BASE}/me/password`, { ...options, body });
  }

  /** Where one is signed in. */
  sessions(options: CallOptions = {}): Promise<UserSession[]> {
    return this.#http.json("GET", `${BASE}/me/sessions`, options);
  }

  endSession(id: string, options: CallOptions = {}): Promise<void> {
    return this.#http.json("DELETE", `${BASE}/me/sessions/${encodeURIComponent(id)}`, options);
  }

  /** Whether a second factor is on, and how many recovery codes are left. */
  totp(options: CallOptions = {}): Promise<SecondFactor> {
    return this.#http.json("GET", `${BASE}/me/totp`, options);
  }

  /** Begins to set up a second factor; it counts once a code confirms it. */
  startTotp(options: CallOptions = {}): Promise<NewSecondFactor> {
    return this.#http.json("POST", `${BASE}/me/totp`, options);
  }

  /** Turns the second factor on. The recovery codes are told this once. */
  confirmTotp(code: string, options: CallOptions = {}): Promise<RecoveryCodes> {
    return this.#http.json("POST", `${BASE}/me/totp/confirm`, { ...options, body: { code } });
  }

  /** Turns the second factor off. */
  removeTotp(currentPassword: string, options: CallOptions = {}): Promise<void> {
    return this.#http.json("DELETE", `${BASE}/me/totp`, { ...options, body: { current_password: currentPassword } });
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

  /** A one-time link with which the user sets a new password. */
  resetLink(id: string, options: CallOptions = {}): Promise<PasswordReset> {
    return this.#http.json("POST", at(id, "/reset-password"), options);
  }

  /** Takes away the second factor of a user whose phone is lost. */
  removeTotpOf(id: string, options: CallOptions = {}): Promise<void> {
    return this.#http.json("DELETE", at(id, "/totp"), options);
  }

  /** Erases everything that says who a deleted user was. */
  erase(id: string, reason: string, options: CallOptions = {}): Promise<Erased> {
    return this.#http.json("POST", at(id, "/erase"), { ...options, body: { reason } });
  }

  /** Another's password, which must be changed at the next sign-in; for one's own see {@link changePassword}. */
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

  /** The accounts as a CSV file, with the mark by which spreadsheets know its encoding. */
  async exportCsv(query: UserExportQuery = {}, options: CallOptions = {}): Promise<Blob> {
    const call = { ...options, query: { ...query, format: "csv" }, accept: "text/csv" };
    const response = await this.#http.send("GET", `${BASE}/export`, call);
    return response.blob();
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
