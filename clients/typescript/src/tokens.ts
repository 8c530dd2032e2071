/** What a session is made of. */
export interface Tokens {
  access_token: string;
  /** Absent where the browser keeps it in a cookie: see `refreshCookie`. */
  refresh_token?: string;
}

/**
 * Where the session is kept. Read before every request, so that a store shared between tabs (local storage) gives the
 * newest pair; `set(null)` is called when the session has ended.
 */
export interface TokenStore {
  get(): Tokens | null;
  set(tokens: Tokens | null): void;
}

/** Keeps the session in memory: it is gone with the page. */
export function memoryTokens(initial: Tokens | null = null): TokenStore {
  let tokens = initial;
  return {
    get: () => tokens,
    set: (next) => {
      tokens = next;
    },
  };
}

/** Keeps the session in a `Storage`, shared between tabs when it is `localStorage`. */
export function storedTokens(storage: Storage, key = "reparto.session"): TokenStore {
  return {
    get() {
      try {
        const value: unknown = JSON.parse(storage.getItem(key) ?? "null");
        return isTokens(value) ? value : null;
      } catch {
        return null;
      }
    },
    set(tokens) {
      if (tokens === null) storage.removeItem(key);
      else
        storage.setItem(
          key,
          JSON.stringify({ access_token: tokens.access_token, refresh_token: tokens.refresh_token }),
        );
    },
  };
}

function isTokens(value: unknown): value is Tokens {
  if (typeof value !== "object" || value === null) return false;
  const { access_token, refresh_token } = value as Record<string, unknown>;
  return typeof access_token === "string" && (refresh_token === undefined || typeof refresh_token === "string");
}
