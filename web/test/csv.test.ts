import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { csv, escapeCell } from "../src/lib/csv";

type Examples = { escaped: [string, string][]; unchanged: string[] };

// The service's own tests read the same file: both follow one rule.
const file = fileURLToPath(new URL("../../crates/domain/src/spreadsheet-examples.json", import.meta.url));
const examples: Examples = JSON.parse(readFileSync(file, "utf8"));

describe("cells", () => {
  it.each(examples.escaped)("mark parts that a spreadsheet would run: %j", (cell, expected) => {
    expect(escapeCell(cell)).toBe(expected);
  });

  it.each(examples.unchanged)("stay otherwise as they are: %j", (cell) => {
    expect(escapeCell(cell)).toBe(cell);
  });

  it.each(["=1", "a;=1", "a;\t =1", "\r\n+1", ";;;@x", "＝1;＝2"])(
    "have no part left that starts as a formula: %j",
    (cell) => {
      for (const part of escapeCell(cell).split(/[;\t\r\n]/)) expect(part.trimStart()).not.toMatch(/^[=+\-@＝＋－＠]/);
    },
  );
});

describe("a CSV file", () => {
  it("quotes cells and contains no formula", () => {
    const text = csv([["a,b", 'say "x"', "=1+1", "+34 600 123", "Ana;-5"]], "comma");
    expect(text).toBe('\uFEFF"a,b","say ""x""",\'=1+1,\'+34 600 123,"Ana;\'-5"\r\n');
  });

  it("separates cells as it is told", () => {
    expect(csv([["a", "b,c", "d;e"]], "semicolon")).toBe('\uFEFFa;"b,c";"d;e"\r\n');
  });
});
