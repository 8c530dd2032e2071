import { ApiError, createClient, storedTokens } from "@reparto/client";
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { preferredLocale } from "../i18n/locale";
import { connection } from "./connection";
import { session } from "./session";

/**
 * The access token, kept in local storage, so that all tabs share one session and it survives a reload. The browser keeps
 * the refresh token in a cookie that no script can read.
 */
export const tokens = storedTokens(window.localStorage, session.KEY);

export const api = createClient({
  refreshCookie: true,
  tokens: {
    get: () => tokens.get(),
    set: (next) => {
      tokens.set(next);
      session.changed();
    },
  },
  language: () => preferredLocale(),
  onSessionEnd: () => session.ended(),
});

function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "network_error" || [502, 503, 504].includes(error.status));
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isUnreachable(error)) connection.lost();
    },
  }),
  defaultOptions: {
    queries: {
      // The client itself retries what is worth retrying.
      retry: false,
      staleTime: 10_000,
      refetchOnWindowFocus: true,
    },
    mutations: {
      onError: (error) => {
        if (isUnreachable(error)) connection.lost();
      },
    },
  },
});
