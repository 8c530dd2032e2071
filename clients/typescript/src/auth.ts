import type { CallOptions, Http } from "./http.js";
import type { FirstAdministrator, FirstRun, TokenPair, User } from "./model.js";
import type { Tokens } from "./tokens.js";

/** What signing in answers. */
export type Session = TokenPair & Tokens;

/** What signing in answers where somebody else set the password: the token is good for a new one alone. */
export type MustChangePassword = TokenPair & { must_change_password: true };

/** Whether signing in gave no session: the password has to be changed first, with `userApi.changePassword`. */
export function mustChangePassword(answer: Session | MustChangePassword): answer is MustChangePassword {
  return answer.must_change_password === true;
}

/** Signing in and out. Refreshing happens by itself. */
export class AuthApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Where the account has a second factor, a call without its code fails with the code `totp_required`; a recovery code
   * is taken in its place. Where the password must be changed first, the answer is no session and is not kept:
   * give its token to a client of its own.
   */
  async login(
    email: string,
    password: string,
    { totpCode, ...options }: CallOptions & { totpCode?: string } = {},
  ): Promise<Session | MustChangePassword> {
    const answer = await this.#http.json<Session | MustChangePassword>("POST", "/api/auth/login", {
      ...options,
      body: { email, password, ...(totpCode === undefined ? {} : { totp_code: totpCode }) },
    });
    if (!mustChangePassword(answer)) this.#http.tokens.set(answer);
    return answer;
  }

  /** Sets a new password with the token of a one-time link. */
  async resetPassword(token: string, newPassword: string, options: CallOptions = {}): Promise<void> {
    await this.#http.json("POST", "/api/auth/reset-password", {
      ...options,
      body: { token, new_password: newPassword },
    });
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
