import type { ItemError } from "@reparto/client";
import { api } from "../app/api";
import type { Step } from "./outcome";
import { carriedOut, errorsOf } from "./run-jobs";

/** What came of taking a run back. */
export interface UndoOutcome {
  undone: number;
  failed: number;
  /** Why some stay as they are; of a job, the first ones. */
  errors: ItemError[];
}

/** Takes back what was carried out, newest first. */
export async function runUndo(steps: readonly Step[]): Promise<UndoOutcome> {
  const outcome: UndoOutcome = { undone: 0, failed: 0, errors: [] };
  for (const step of [...steps].reverse()) {
    if ("operation" in step) {
      const answer = await api.operationApi.undo(step.operation);
      outcome.undone += answer.undone_count;
      outcome.failed += answer.errors.length;
      outcome.errors.push(...answer.errors);
    } else {
      const ended = await carriedOut(await api.jobApi.undo(step.job), {});
      outcome.undone += ended.done;
      outcome.failed += ended.failed;
      if (ended.failed > 0) outcome.errors.push(...(await errorsOf(ended.id, 1)));
    }
  }
  return outcome;
}
