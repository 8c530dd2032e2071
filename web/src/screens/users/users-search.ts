import type { Role } from "@reparto/client";
import { compact, flag, integer, oneOf, text } from "../../lib/search-params";

export const ROLES = ["user", "agent", "lawyer", "admin", "superuser"] as const satisfies Role[];
export const USER_PAGE = 50;

export interface UsersSearch {
  search?: string;
  role?: Role;
  is_active?: boolean;
  page?: number;
}

export function parseUsersSearch(raw: Record<string, unknown>): UsersSearch {
  return compact({
    search: text(raw, "search"),
    role: oneOf(raw, "role", ROLES),
    is_active: flag(raw, "is_active"),
    page: integer(raw, "page", 1, 1_000_000),
  });
}
