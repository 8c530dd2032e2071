import { describe, expect, it } from "vitest";
import { byHolder, dealEvenly, dealInTurn, takenFrom } from "../src/assigning/plan";
import type { Selected } from "../src/resources/opportunities/selection";

const item = (id: string, holderId: string | null = null): Selected => ({
  id,
  name: `contact ${id}`,
  holderId,
  holderName: holderId && `name of ${holderId}`,
  doNotContact: false,
});
const items = (count: number): Selected[] => Array.from({ length: count }, (_, n) => item(String(n)));
const sizes = (shares: Array<{ items: Selected[] }>) => shares.map((share) => share.items.length);

describe("dealing evenly", () => {
  it("gives everyone equally many, up to one", () => {
    expect(sizes(dealEvenly(items(300), ["a", "b", "c"]))).toEqual([100, 100, 100]);
    expect(sizes(dealEvenly(items(8), ["a", "b", "c"]))).toEqual([3, 3, 2]);
  });

  it("deals in turn, so that the best are spread", () => {
    const [a, b] = dealEvenly(items(4), ["a", "b"]);
    expect([a?.items.map(({ id }) => id), b?.items.map(({ id }) => id)]).toEqual([
      ["0", "2"],
      ["1", "3"],
    ]);
  });

  it("makes no shares without agents", () => {
    expect(dealEvenly(items(4), [])).toEqual([]);
  });
});

describe("what is taken from whom", () => {
  it("counts opportunities by the holder who would lose them", () => {
    const mixed = [item("1", "x"), item("2", "y"), item("3", "y"), item("4"), item("5", "a")];
    expect(takenFrom([{ agentId: "a", items: mixed }])).toEqual([
      { id: "y", name: "name of y", count: 2 },
      { id: "x", name: "name of x", count: 1 },
    ]);
  });

  it("is grouped by holder", () => {
    const parts = byHolder([item("1", "x"), item("2"), item("3", "x")]);
    expect([...parts].map(([holder, part]) => [holder, part.length])).toEqual([
      ["x", 2],
      [null, 1],
    ]);
  });
});

describe("dealing by numbers", () => {
  it("passes over agents who have their number", () => {
    const shares = dealInTurn(items(10), [
      { agentId: "a", count: 2 },
      { agentId: "b", count: 8 },
    ]);
    expect(sizes(shares)).toEqual([2, 8]);
    expect(shares[0]?.items.map(({ id }) => id)).toEqual(["0", "2"]);
  });

  it("ends with the list", () => {
    const counts = [
      { agentId: "a", count: 50 },
      { agentId: "b", count: 50 },
    ];
    expect(sizes(dealInTurn(items(5), counts))).toEqual([3, 2]);
    expect(dealInTurn([], counts)).toEqual([]);
  });
});
