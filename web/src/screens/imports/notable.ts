import type { ImportRow } from "@reparto/client";

/** What the outcome of a row says already. */
const PLAIN: ReadonlySet<string> = new Set(["contact_known", "known_completed", "known_unchanged"]);

/** Whether more is told of a row than that the person was known. */
export const isNotable = ({ told }: Pick<ImportRow, "told">): boolean => told.some(({ code }) => !PLAIN.has(code));
