import type { OpportunityFilter, OpportunityQuery, Priority, Status } from "@reparto/client";
import { dayBegins, dayEnds } from "../../lib/days";
import { compact, day, flag, integer, oneOf, text } from "../../lib/search-params";

export const STATUSES = [
  "pending",
  "assigned",
  "contacted",
  "converted",
  "expired",
  "lost",
] as const satisfies Status[];
export const PRIORITIES = ["urgent", "high", "medium", "low"] as const satisfies Priority[];
export const SORTS = ["detected_at", "opportunity_score", "priority", "created_at"] as const;
export const PAGE_SIZES = [25, 50, 100, 250, 1000] as const;
export const DEFAULT_PAGE_SIZE = 50;

/** The list's filter, order and page in the address bar; `from` and `to` are days in the reader's time zone. */
export interface OpportunitySearch {
  status?: Status;
  priority?: Priority;
  assigned_to?: string;
  search?: string;
  min_score?: number;
  max_score?: number;
  from?: string;
  to?: string;
  attempts_left?: boolean;
  do_not_contact?: boolean;
  import_id?: string;
  sort_by?: (typeof SORTS)[number];
  sort_order?: "asc" | "desc";
  page?: number;
  limit?: number;
}

export function parseOpportunitySearch(raw: Record<string, unknown>): OpportunitySearch {
  return compact({
    status: oneOf(raw, "status", STATUSES),
    priority: oneOf(raw, "priority", PRIORITIES),
    assigned_to: text(raw, "assigned_to"),
    search: text(raw, "search"),
    min_score: integer(raw, "min_score", 0, 100),
    max_score: integer(raw, "max_score", 0, 100),
    from: day(raw, "from"),
    to: day(raw, "to"),
    attempts_left: flag(raw, "attempts_left"),
    do_not_contact: flag(raw, "do_not_contact"),
    import_id: text(raw, "import_id"),
    sort_by: oneOf(raw, "sort_by", SORTS),
    sort_order: oneOf(raw, "sort_order", ["asc", "desc"] as const),
    page: integer(raw, "page", 1, 10_000_000),
    limit: integer(raw, "limit", 1, 1000),
  });
}

/** The query for the service. */
export function queryOf(search: OpportunitySearch): OpportunityQuery {
  const { from, to, page, limit, ...rest } = search;
  return compact({
    ...rest,
    detected_from: dayBegins(from),
    detected_to: dayEnds(to),
    page: page ?? 1,
    limit: limit ?? DEFAULT_PAGE_SIZE,
  });
}

/** The filter alone, for a job on everything that matches. */
export function filterOf(search: OpportunitySearch): OpportunityFilter {
  const { page: _, limit: __, sort_by: ___, sort_order: ____, ...filter } = queryOf(search);
  return filter;
}

/** Whether two searches have the same filter, whatever their order and page. */
export function sameFilter(one: OpportunitySearch, other: OpportunitySearch): boolean {
  const key = ({ sort_by: _, sort_order: __, page: ___, limit: ____, ...filter }: OpportunitySearch) =>
    JSON.stringify(Object.entries(filter).sort(([a], [b]) => a.localeCompare(b)));
  return key(one) === key(other);
}

/** How many conditions the filter has. */
export function conditions(search: OpportunitySearch): number {
  const { sort_by: _, sort_order: __, page: ___, limit: ____, ...filter } = search;
  return Object.keys(filter).length;
}
