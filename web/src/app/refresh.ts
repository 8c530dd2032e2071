import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

/** Has everything that is shown read anew, but for who is signed in. Nobody waits for it. */
export function useRefresh(): () => void {
  const client = useQueryClient();
  return useCallback(
    () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" }),
    [client],
  );
}
