import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "./api";

/** Changes within this time, in milliseconds, are shown together: a busy feed must not use up the reader's rate limit. */
const GATHER = 1_000;

/** What an open page shows of what others do, read anew as soon as the change feed tells of something. */
const CONCERNED = ["opportunities", "opportunity", "history", "operations", "operation", "jobs", "job"];

/**
 * Follows the change feed while somebody is signed in. Where a service has none, lists are read anew from time to time,
 * as they are anyway.
 */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    let abort: AbortController | null = null;
    let timer: number | undefined;
    const refresh = (): void => {
      timer = undefined;
      void client.invalidateQueries({ predicate: ({ queryKey }) => CONCERNED.includes(String(queryKey[0])) });
    };
    const follow = async (signal: AbortSignal): Promise<void> => {
      for await (const _ of api.eventApi.follow({ signal })) timer ??= window.setTimeout(refresh, GATHER);
    };
    // A tab in the background keeps no stream open: browsers allow few to one host, and other tabs need them.
    const watch = (): void => {
      if (document.visibilityState === "hidden") {
        abort?.abort();
        abort = null;
      } else if (abort === null) {
        abort = new AbortController();
        // A refusal means that there is no feed for this reader: polling goes on without it.
        follow(abort.signal).catch(() => undefined);
      }
    };
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => {
      document.removeEventListener("visibilitychange", watch);
      abort?.abort();
      window.clearTimeout(timer);
    };
  }, [client]);
}
