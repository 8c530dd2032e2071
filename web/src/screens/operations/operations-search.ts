import type { OperationKind } from "@reparto/client";
import { compact, day, oneOf, text } from "../../lib/search-params";

export const KINDS = [
  "bulk_assign",
  "assign",
  "assign_random",
  "bulk_unassign",
  "unassign",
  "update",
  "first_call",
  "create",
  "import",
  "delete",
  "undo",
] as const satisfies OperationKind[];

export interface OperationsSearch {
  kind?: OperationKind;
  actor_id?: string;
  assignee_id?: string;
  from?: string;
  to?: string;
}

export function parseOperationsSearch(raw: Record<string, unknown>): OperationsSearch {
  return compact({
    kind: oneOf(raw, "kind", KINDS),
    actor_id: text(raw, "actor_id"),
    assignee_id: text(raw, "assignee_id"),
    from: day(raw, "from"),
    to: day(raw, "to"),
  });
}
