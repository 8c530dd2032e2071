import type { Operation } from "@reparto/client";

/** The operations of a list, those of one import as one: a large file is written in many. */
export function oncePerImport(operations: readonly Operation[]): Operation[] {
  const seen = new Set<string>();
  return operations.filter(({ kind, import_id: id }) => {
    if (id === null) return true;
    const key = `${kind} ${id}`;
    return !seen.has(key) && seen.add(key);
  });
}
