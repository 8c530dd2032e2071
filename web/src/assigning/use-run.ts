import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Outcome, RunOptions, RunProgress } from "./outcome";

interface Run {
  mutation: UseMutationResult<Outcome, Error, void>;
  /** Null before the first report; requests report none. */
  progress: RunProgress | null;
  stop: () => void;
}

/** A run as a mutation, with its progress and a way to stop it. */
export function useRun(
  run: (options: Pick<RunOptions, "onProgress" | "signal">) => Promise<Outcome>,
  onDone: (outcome: Outcome) => void,
): Run {
  const [progress, setProgress] = useState<RunProgress | null>(null);
  const abort = useRef<AbortController | null>(null);
  const mutation = useMutation<Outcome, Error, void>({
    mutationFn: () => {
      abort.current = new AbortController();
      return run({ onProgress: setProgress, signal: abort.current.signal });
    },
    onSuccess: onDone,
    onSettled: () => setProgress(null),
  });
  return { mutation, progress, stop: () => abort.current?.abort() };
}
