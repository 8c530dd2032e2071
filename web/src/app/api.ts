import { ApiError, createClient, storedTokens } from "@reparto/client";
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { preferredLocale } from "../i18n/locale";
import { connection } from "./connection";
import { session } from "./session-store";

/** Kept in local storage, so that all tabs share one session and a reload keeps it. */
export const tokens = storedTokens(window.localStorage, session.KEY);

export const api = createClient({
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

function isAway(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "network_error" || [502, 503, 504].includes(error.status));
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isAway(error)) connection.lost();
    },
  }),
  defaultOptions: {
    queries: {
      // The client repeats what is worth repeating by itself.
      retry: false,
      staleTime: 10_000,
      refetchOnWindowFocus: true,
    },
    mutations: {
      onError: (error) => {
        if (isAway(error)) connection.lost();
      },
    },
  },
});

/** What only the page can say, because no answer came. */
const UNREACHED = { es: "No se puede conectar con el servicio.", en: "The service cannot be reached." };

/** What a person reads of an error: the service's own words where it answered. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.code === "network_error" ? UNREACHED[preferredLocale()] : error.message;
  return error instanceof Error ? error.message : String(error);
}
