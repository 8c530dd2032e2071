import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { keys } from "./keys";

/** Returns a function that refetches everything on the screen except the signed-in user, without waiting for it. */
export function useRefresh(): () => void {
  const client = useQueryClient();
  return useCallback(
    () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== keys.me[0] }),
    [client],
  );
}
