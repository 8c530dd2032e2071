import type { AllMatching, Selected } from "../resources/opportunities/selection";
import type { Outcome } from "./outcome";

/** The properties of a dialog that asks before it changes a selection. */
export interface SelectionDialogProps {
  opened: boolean;
  onClose: () => void;
  items: readonly Selected[];
  /** Everything that matches, in place of `items`. */
  allMatching: AllMatching | null;
  onDone: (outcome: Outcome) => void;
}

/** How many opportunities the dialog is about. */
export function countOf({ items, allMatching }: Pick<SelectionDialogProps, "items" | "allMatching">): number {
  return allMatching?.total ?? items.length;
}
