import { compact, day, integer, text } from "../../lib/search-params";

export const AUDIT_PAGE = 50;

export interface AuditSearch {
  user_id?: string;
  action?: string;
  q?: string;
  from?: string;
  to?: string;
  page?: number;
}

export function parseAuditSearch(raw: Record<string, unknown>): AuditSearch {
  return compact({
    user_id: text(raw, "user_id"),
    action: text(raw, "action"),
    q: text(raw, "q"),
    from: day(raw, "from"),
    to: day(raw, "to"),
    page: integer(raw, "page", 1, 1_000_000),
  });
}
