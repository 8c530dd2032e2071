import { ApiError, errorOf, localProblem } from "./problem.js";
import { memoryTokens, type TokenStore, type Tokens } from "./tokens.js";

/** How a client is set up. */
export interface ClientOptions {
  /** Where the service is, without `/api`: `https://crm.example.org`. Empty: where the page came from. */
  baseUrl?: string;
  /** Where the session is kept; in memory by default. */
  tokens?: TokenStore;
  /**
   * Keeps the refresh token in a cookie that scripts cannot read, in place of `tokens`. For pages that the service's own
   * origin serves.
   */
  refreshCookie?: boolean;
  /** The language of messages: `es` (the service's own default) or `en`; a function is asked before each request. */
  language?: string | (() => string | undefined);
  /** Another `fetch`, for tests or special transports. */
  fetch?: typeof fetch;
  /** How often a request that may be repeated safely is repeated after 429, 503 or a lost connection. Default 3. */
  retries?: number;
  /** The longest wait, in seconds, that is taken on for a repetition; a longer `Retry-After` is an error. Default 30. */
  maxRetryAfter?: number;
  /** The most ids in one bulk request, as the service is set. Default 100. */
  bulkMax?: number;
  /** Called once when the session has ended and cannot be refreshed. */
  onSessionEnd?: () => void;
}

/** What one call may be given. */
export interface CallOptions {
  /** Ends the call, waits between repetitions included. */
  signal?: AbortSignal;
  /** Makes a POST safe to repeat. Bulk calls make their own where none is given. */
  idempotencyKey?: string;
  /** The `ETag` that the change relies on; another version is a 412. */
  ifMatch?: string;
}

/** A value of a query parameter; empty ones are left out. */
export type QueryValue = string | number | boolean | null | undefined;

/** One request. */
export interface Call extends CallOptions {
  query?: object | undefined;
  body?: unknown;
  /** A file that is sent as it is, in place of `body`. */
  file?: Blob | undefined;
  accept?: string;
  headers?: Record<string, string>;
  /** The answer is a pair of tokens in place of the present ones, which are good for nothing from then on. */
  replacesTokens?: boolean;
}

const REPEATABLE = new Set(["GET", "HEAD", "PUT", "DELETE"]);

/** Sends requests: tokens, one refresh for all, repetitions, errors. */
export class Http {
  readonly tokens: TokenStore;
  readonly bulkMax: number;
  readonly #options: ClientOptions;
  #refreshing: Promise<boolean> | null = null;
  #replacing: Promise<void> | null = null;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.tokens = options.tokens ?? memoryTokens();
    this.bulkMax = options.bulkMax ?? 100;
  }

  /** The answer's body, as JSON. */
  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const response = await this.send(method, path, call);
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch (cause) {
      if (call.signal?.aborted) throw aborted(cause);
      throw new ApiError(localProblem("network_error", "The answer broke off or is no JSON"), { cause });
    }
  }

  /** A pair of tokens that takes the place of the present one, and is kept as such. */
  async newTokens<T extends Tokens>(method: string, path: string, call: Call = {}): Promise<T> {
    const answer = this.json<T>(method, path, { ...call, replacesTokens: true }).then((tokens) => {
      this.tokens.set(tokens);
      return tokens;
    });
    // Requests under way are refused before the new pair is here: they wait for it instead of refreshing the old one.
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#replacing = settled;
    try {
      return await answer;
    } finally {
      if (this.#replacing === settled) this.#replacing = null;
    }
  }

  /** The answer itself, once it is a success. */
  async send(method: string, path: string, call: Call = {}): Promise<Response> {
    const repeatable = REPEATABLE.has(method) || call.idempotencyKey !== undefined;
    let repetitions = repeatable ? (this.#options.retries ?? 3) : 0;
    let refreshed = false;
    for (let attempt = 0; ; attempt += 1) {
      const tokens = this.tokens.get();
      const outcome = await this.#once(method, path, call, tokens);
      if (outcome instanceof Response && outcome.ok) return outcome;
      const error = outcome instanceof Response ? await errorOf(outcome) : outcome;
      if (error.status === 401 && tokens !== null && !refreshed && !path.startsWith("/api/auth/")) {
        refreshed = true;
        if (call.replacesTokens !== true) await this.#replacing;
        if (await this.#refresh(tokens)) continue;
        throw error;
      }
      const wait = this.#wait(error, attempt);
      if (repetitions <= 0 || wait === null) throw error;
      repetitions -= 1;
      await pause(wait, call.signal);
    }
  }

  async #once(method: string, path: string, call: Call, tokens: Tokens | null): Promise<Response | ApiError> {
    const headers = new Headers({ ...call.headers, accept: call.accept ?? "application/json" });
    const { language } = this.#options;
    const wanted = typeof language === "function" ? language() : language;
    if (wanted) headers.set("accept-language", wanted);
    if (this.#options.refreshCookie) headers.set("x-reparto-refresh", "cookie");
    if (tokens !== null) headers.set("authorization", `Bearer ${tokens.access_token}`);
    if (call.idempotencyKey !== undefined) headers.set("idempotency-key", call.idempotencyKey);
    if (call.ifMatch !== undefined) headers.set("if-match", call.ifMatch);
    if (call.file !== undefined) headers.set("content-type", call.file.type || "application/octet-stream");
    else if (call.body !== undefined) headers.set("content-type", "application/json");
    const url = `${(this.#options.baseUrl ?? "").replace(/\/$/, "")}${path}${queryOf(call.query)}`;
    try {
      return await (this.#options.fetch ?? fetch)(url, {
        method,
        headers,
        body: call.file ?? (call.body === undefined ? null : JSON.stringify(call.body)),
        signal: call.signal ?? null,
        credentials: this.#options.refreshCookie ? "same-origin" : "omit",
      });
    } catch (cause) {
      if (call.signal?.aborted) throw aborted(cause);
      return new ApiError(localProblem("network_error", "The service cannot be reached"), { cause });
    }
  }

  /** Seconds to wait before the same request again, or null when that would not help. */
  #wait(error: ApiError, attempt: number): number | null {
    if (![0, 429, 503].includes(error.status)) return null;
    const wait = error.retryAfter ?? Math.min(0.25 * 2 ** attempt, 4);
    return wait <= (this.#options.maxRetryAfter ?? 30) ? wait : null;
  }

  /** One refresh, however many requests found out at the same time that their token has expired. */
  #refresh(used: Tokens): Promise<boolean> {
    // Another request, or another tab, may have brought a newer pair since.
    const present = this.tokens.get();
    // A sign-out or a refusal of another request has ended the session, and has reported it already.
    if (present === null) return Promise.resolve(false);
    if (present.access_token !== used.access_token) return Promise.resolve(true);
    this.#refreshing ??= this.#newPair(used).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #newPair(used: Tokens): Promise<boolean> {
    const body = { refresh_token: used.refresh_token };
    const answer = await this.#once("POST", "/api/auth/refresh", { body }, null);
    if (answer instanceof Response && answer.ok) {
      this.tokens.set((await answer.json()) as Tokens);
      return true;
    }
    const error = answer instanceof Response ? await errorOf(answer) : answer;
    // Only a plain no ends the session; a service that is away for a moment does not.
    if (error.status !== 401) throw error;
    // Meanwhile another tab may have put another session in its place.
    const present = this.tokens.get();
    if (present !== null && present.access_token !== used.access_token) return true;
    this.tokens.set(null);
    this.#options.onSessionEnd?.();
    return false;
  }
}

function queryOf(query: object | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}) as Array<[string, QueryValue]>) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function aborted(cause: unknown): ApiError {
  return new ApiError(localProblem("aborted", "The call was aborted"), { cause });
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted(signal.reason));
      return;
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    function stop(): void {
      clearTimeout(timer);
      reject(aborted(signal?.reason));
    }
    signal?.addEventListener("abort", stop, { once: true });
  });
}
