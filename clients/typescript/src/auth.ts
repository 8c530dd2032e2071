import type { CallOptions, Http } from "./http.js";
import type { FirstAdministrator, FirstRun, User } from "./model.js";
import type { Tokens } from "./tokens.js";

/** What signing in answers. */
export interface Session extends Tokens {
  token_type: "bearer";
  /** Seconds. */
  expires_in: number;
  refresh_expires_in: number;
}

/** Signing in and out. Refreshing happens by itself. */
export class AuthApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async login(email: string, password: string, options: CallOptions = {}): Promise<Session> {
    const session = await this.#http.json<Session>("POST", "/api/auth/login", {
      ...options,
      body: { email, password },
    });
    this.#http.tokens.set(session);
    return session;
  }

  /** Whether nobody is there yet: then the service printed a one-time token when it started. */
  async firstRunNeeded(options: CallOptions = {}): Promise<boolean> {
    const { needed } = await this.#http.json<FirstRun>("GET", "/api/auth/first-run", options);
    return needed;
  }

  /** Makes the first administrator, who can sign in then. */
  createFirstAdministrator(request: FirstAdministrator, options: CallOptions = {}): Promise<User> {
    return this.#http.json("POST", "/api/auth/first-run", { ...options, body: request });
  }

  /** Ends this session; the tokens are forgotten even when the service cannot be told. */
  async logout(options: CallOptions = {}): Promise<void> {
    const tokens = this.#http.tokens.get();
    this.#http.tokens.set(null);
    if (tokens === null) return;
    await this.#http.json("POST", "/api/auth/logout", { ...options, body: { refresh_token: tokens.refresh_token } });
  }

  /** Ends every session of this account, on all devices. */
  async logoutEverywhere(options: CallOptions = {}): Promise<void> {
    // Not under the rule that a 401 here means a wrong password: an access token that has expired is refreshed first.
    await this.#http.json("GET", "/api/users/me", options);
    await this.#http.json("POST", "/api/auth/logout/all", options);
    this.#http.tokens.set(null);
  }
}
