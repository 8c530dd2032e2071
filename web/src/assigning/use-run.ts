import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Outcome, RunOptions, RunProgress } from "./outcome";

interface Run {
  mutation: UseMutationResult<Outcome, Error, void>;
  /** Null while nothing is known, and for what is over at once. */
  progress: RunProgress | null;
  stop: () => void;
}

/** A run that tells how far it is and can be stopped. */
export function useRun(
  carryOut: (options: Pick<RunOptions, "onProgress" | "signal">) => Promise<Outcome>,
  onDone: (outcome: Outcome) => void,
): Run {
  const [progress, setProgress] = useState<RunProgress | null>(null);
  const abort = useRef<AbortController | null>(null);
  const mutation = useMutation<Outcome, Error, void>({
    mutationFn: () => {
      abort.current = new AbortController();
      return carryOut({ onProgress: setProgress, signal: abort.current.signal });
    },
    onSuccess: onDone,
    onSettled: () => setProgress(null),
  });
  return { mutation, progress, stop: () => abort.current?.abort() };
}
