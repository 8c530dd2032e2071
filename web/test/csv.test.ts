import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { csv, escapeCell, unescapeCell } from "../src/lib/csv";
import { guess, readRows } from "../src/screens/imports/mapping";
import { parseSheet } from "../src/screens/imports/sheet";

type Examples = { escaped: [string, string][]; unchanged: string[] };

// The service's own tests read the same file: both follow one rule.
const file = fileURLToPath(new URL("../../crates/domain/src/spreadsheet-examples.json", import.meta.url));
const examples: Examples = JSON.parse(readFileSync(file, "utf8"));

describe("cells", () => {
  it.each(examples.escaped)("mark parts that a spreadsheet would run: %j", (cell, expected) => {
    expect(escapeCell(cell)).toBe(expected);
    expect(unescapeCell(expected)).toBe(cell);
  });

  it.each(examples.unchanged)("stay otherwise as they are: %j", (cell) => {
    expect(escapeCell(cell)).toBe(cell);
  });

  it("are the same after escaping and unescaping", () => {
    const signs = ["'", "=", " ", ";", "\t", "\n", "5", "a", "＋"];
    const wrong: string[] = [];
    // Every text of up to five of these characters.
    for (let length = 0; length <= 5; length += 1) {
      for (let index = 0; index < signs.length ** length; index += 1) {
        let cell = "";
        for (let rest = index, place = 0; place < length; place += 1, rest = Math.floor(rest / signs.length)) {
          cell += signs[rest % signs.length];
        }
        if (unescapeCell(escapeCell(cell)) !== cell) wrong.push(cell);
      }
    }
    expect(wrong).toEqual([]);
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

  it.each(["comma", "semicolon"] as const)("is imported as it was exported, with a %s", async (separator) => {
    const rows = [
      ["name", "phone", "notes"],
      ["Ana", "+34 600 123", "=1+1"],
      ["'600", "'=1", "first\n-second; @third"],
    ];
    const sheet = await parseSheet("leads.csv", csv(rows, separator));
    expect([sheet.titles, ...sheet.rows]).toEqual(rows);
    const [ana] = readRows(sheet.rows, guess(sheet.titles));
    expect(ana).toMatchObject({ lead: { contact: { name: "Ana", phone: "+34 600 123", notes: "=1+1" } } });
  });
});
