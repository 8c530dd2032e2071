import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "./api";
import { keys } from "./keys";

/** Changes within this time, in milliseconds, are shown together: a busy feed must not use up the reader's rate limit. */
const GATHER = 1_000;

/** What others change while a page is open, refetched at each event of the change feed. Counts are not: they are dear. */
const LIVE = [keys.opportunities.all, keys.operations.all, keys.jobs.all];

/**
 * Follows the change feed while somebody is signed in. Without it (a service that has none, a reader who may not read
 * it) lists are still refetched from time to time.
 */
export function useEventFeed(): void {
  const client = useQueryClient();
  useEffect(() => {
    let abort: AbortController | null = null;
    let timer: number | undefined;
    const refresh = (): void => {
      timer = undefined;
      for (const queryKey of LIVE) void client.invalidateQueries({ queryKey });
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
