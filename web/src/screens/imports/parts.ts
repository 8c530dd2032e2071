import type { Import, ImportRowsQuery } from "@reparto/client";

export type Part = NonNullable<ImportRowsQuery["only"]>;

/** The parts of the rows that there are, the most important first; `notable` is how many rows have remarks. */
export function partsOf({ skipped, created, completed, undo }: Import, notable: number): Part[] {
  const parts: Array<[Part, boolean]> = [
    ["kept", undo !== null && undo.kept > 0],
    ["skipped", skipped > 0],
    ["notable", notable > 0],
    ["completed", completed > 0],
    ["created", created > 0],
  ];
  return parts.filter(([, there]) => there).map(([part]) => part);
}
