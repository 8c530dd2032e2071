import type { OpportunityFilter, OpportunityQuery, Priority, Status } from "@reparto/client";
import { compact, day, dayBegins, dayEnds, flag, oneOf, whole, word } from "../../common/search-params";

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

/** What the address bar holds of the list; days are the reader's own calendar days. */
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
  sort_by?: (typeof SORTS)[number];
  sort_order?: "asc" | "desc";
  page?: number;
  limit?: number;
}

export function parseOpportunitySearch(raw: Record<string, unknown>): OpportunitySearch {
  return compact({
    status: oneOf(raw, "status", STATUSES),
    priority: oneOf(raw, "priority", PRIORITIES),
    assigned_to: word(raw, "assigned_to"),
    search: word(raw, "search"),
    min_score: whole(raw, "min_score", 0, 100),
    max_score: whole(raw, "max_score", 0, 100),
    from: day(raw, "from"),
    to: day(raw, "to"),
    attempts_left: flag(raw, "attempts_left"),
    sort_by: oneOf(raw, "sort_by", SORTS),
    sort_order: oneOf(raw, "sort_order", ["asc", "desc"] as const),
    page: whole(raw, "page", 1, 10_000_000),
    limit: whole(raw, "limit", 1, 1000),
  });
}

/** The same for the service. */
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

/** The filter alone, for a job over everything that matches. */
export function filterOf(search: OpportunitySearch): OpportunityFilter {
  const { page: _, limit: __, sort_by: ___, sort_order: ____, ...filter } = queryOf(search);
  return filter;
}

/** Whether two addresses show the same opportunities, in whatever order and on whatever page. */
export function sameFilter(one: OpportunitySearch, other: OpportunitySearch): boolean {
  const key = ({ sort_by: _, sort_order: __, page: ___, limit: ____, ...filter }: OpportunitySearch) =>
    JSON.stringify(Object.entries(filter).sort(([a], [b]) => a.localeCompare(b)));
  return key(one) === key(other);
}

/** How many conditions the list is narrowed by. */
export function conditions(search: OpportunitySearch): number {
  const { sort_by: _, sort_order: __, page: ___, limit: ____, ...filter } = search;
  return Object.keys(filter).length;
}
