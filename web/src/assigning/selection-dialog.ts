import type { Selected } from "../screens/opportunities/selection";
import type { Outcome, Whole } from "./outcome";

/** A question about a selection, before anything is done with it. */
export interface SelectionDialogProps {
  opened: boolean;
  onClose: () => void;
  items: readonly Selected[];
  /** Everything that matches, in place of items. */
  whole: Whole | null;
  onDone: (outcome: Outcome) => void;
}

/** How many it is about. */
export function countOf({ items, whole }: Pick<SelectionDialogProps, "items" | "whole">): number {
  return whole?.total ?? items.length;
}
