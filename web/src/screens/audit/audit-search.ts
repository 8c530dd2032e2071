import { compact, day, whole, word } from "../../common/search-params";

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
    user_id: word(raw, "user_id"),
    action: word(raw, "action"),
    q: word(raw, "q"),
    from: day(raw, "from"),
    to: day(raw, "to"),
    page: whole(raw, "page", 1, 1_000_000),
  });
}
