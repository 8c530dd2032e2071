import type { ItemError } from "@reparto/client";
import { errorsOf, waitForJob } from "../resources/jobs/jobs";
import { api } from "../service/api";
import type { Step } from "./outcome";

export interface UndoOutcome {
  undone: number;
  failed: number;
  /** Why some opportunities stay as they are; for a job, only the first reason. */
  errors: ItemError[];
}

/** Undoes operations and jobs, newest first. */
export async function runUndo(steps: readonly Step[]): Promise<UndoOutcome> {
  const outcome: UndoOutcome = { undone: 0, failed: 0, errors: [] };
  for (const step of [...steps].reverse()) {
    if ("operation" in step) {
      const answer = await api.operationApi.undo(step.operation);
      outcome.undone += answer.undone_count;
      outcome.failed += answer.errors.length;
      outcome.errors.push(...answer.errors);
    } else {
      const ended = await waitForJob(await api.jobApi.undo(step.job));
      outcome.undone += ended.done;
      outcome.failed += ended.failed;
      if (ended.failed > 0) outcome.errors.push(...(await errorsOf(ended.id, 1)));
    }
  }
  return outcome;
}
