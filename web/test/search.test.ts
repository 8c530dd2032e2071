import { describe, expect, it } from "vitest";
import { parseOpportunitySearch, queryOf, sameFilter } from "../src/resources/opportunities/search";

describe("a list's address", () => {
  it("keeps valid values and drops others", () => {
    const parsed = parseOpportunitySearch({
      status: "pending",
      priority: "nonsense",
      min_score: "60",
      max_score: 1000,
      from: "2026-02-28",
      to: "yesterday",
      attempts_left: "true",
      page: "0",
      limit: 100,
      script: "<b>",
    });
    expect(parsed).toEqual({ status: "pending", min_score: 60, from: "2026-02-28", attempts_left: true, limit: 100 });
  });

  it("treats a numeric search as text", () => {
    expect(parseOpportunitySearch({ search: 600123456 })).toEqual({ search: "600123456" });
  });

  it("covers whole days in the reader's time zone", () => {
    const { detected_from, detected_to } = queryOf({ from: "2026-02-28", to: "2026-02-28" });
    expect(new Date(detected_to ?? "").getTime() - new Date(detected_from ?? "").getTime()).toBe(86_399_999);
  });

  it("has the same filter in another order or page", () => {
    expect(sameFilter({ status: "lost", page: 2, sort_by: "priority" }, { status: "lost", limit: 100 })).toBe(true);
    expect(sameFilter({ status: "lost" }, { status: "lost", search: "ana" })).toBe(false);
  });
});
