import { describe, expect, it } from "vitest";
import { parseOpportunitySearch, queryOf, sameFilter } from "../src/resources/opportunities/search";

describe("the address", () => {
  it("keeps what is allowed and drops what is not", () => {
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

  it("takes a search that looks like a number for text", () => {
    expect(parseOpportunitySearch({ search: 600123456 })).toEqual({ search: "600123456" });
  });

  it("asks the service for whole days where the reader is", () => {
    const { detected_from, detected_to } = queryOf({ from: "2026-02-28", to: "2026-02-28" });
    expect(new Date(detected_to ?? "").getTime() - new Date(detected_from ?? "").getTime()).toBe(86_399_999);
  });

  it("shows the same opportunities in another order and on another page", () => {
    expect(sameFilter({ status: "lost", page: 2, sort_by: "priority" }, { status: "lost", limit: 100 })).toBe(true);
    expect(sameFilter({ status: "lost" }, { status: "lost", search: "ana" })).toBe(false);
  });
});
