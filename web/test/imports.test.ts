import { readFileSync } from "node:fs";
import { ApiError, type Import, type ImportColumn, type Operation } from "@reparto/client";
import { describe, expect, it } from "vitest";
import { imports as english } from "../src/i18n/en/imports";
import { imports as spanish } from "../src/i18n/es/imports";
import type { Separator } from "../src/lib/csv";
import { FILE_MAX, type FileError, take } from "../src/screens/imports/chosen-file";
import { mappingOf } from "../src/screens/imports/fields";
import { standingOf } from "../src/screens/imports/import-status";
import { isNotable } from "../src/screens/imports/notable";
import { partsOf } from "../src/screens/imports/parts";
import { questionOf } from "../src/screens/imports/question-of";
import { sampleFile } from "../src/screens/imports/sample";
import { oncePerImport } from "../src/screens/operations/of-imports";

describe("a chosen file", () => {
  it("is kept as it was when chosen", async () => {
    const chosen = await take(new File(["Nombre\nAna\n"], "leads.CSV", { type: "application/vnd.ms-excel" }));
    expect(chosen).toMatchObject({ name: "leads.CSV" });
    expect([chosen.content.type, await chosen.content.text()]).toEqual(["text/csv", "Nombre\nAna\n"]);
  });

  it("is a workbook by its ending", async () => {
    const chosen = await take(new File(["PK"], "leads.XLSX"));
    expect(chosen.content.type).toContain("spreadsheetml");
  });

  it("of one name is told apart", async () => {
    const [one, other] = [await take(new File(["a"], "a.csv")), await take(new File(["b"], "a.csv"))];
    expect(one.number).not.toBe(other.number);
  });

  it("that is too large or unreadable is refused", async () => {
    const faulty = (size: number) => {
      const file = new File(["a"], "a.csv");
      Object.defineProperty(file, "size", { value: size });
      file.arrayBuffer = () => Promise.reject(new DOMException("changed on disk", "NotReadableError"));
      return take(file).catch((error: FileError) => error.fault);
    };
    expect([await faulty(FILE_MAX + 1), await faulty(FILE_MAX)]).toEqual(["tooLarge", "unreadable"]);
  });
});

describe("a mapping", () => {
  const column = (name: string, field: string | null): ImportColumn => ({ name, field, samples: [] });
  const columns = [column("Nombre", "name"), column("Correo", "email"), column("Curso", null)];

  it("is empty while nothing is chosen", () => {
    expect(mappingOf(columns, {})).toEqual({});
  });

  it("says again what the names are", () => {
    expect(mappingOf(columns, { Curso: "notes" })).toEqual({ Nombre: "name", Curso: "notes" });
    expect(mappingOf(columns, { Nombre: "ignore" })).toEqual({ Nombre: "ignore" });
  });
});

describe("what a file needs to be told", () => {
  const refused = (code: string, more: object = {}) =>
    questionOf(new ApiError({ type: "about:blank", title: code, status: 422, detail: "Línea 2", code, ...more }));

  it("is a question, other errors are not", () => {
    expect(refused("date_order_ambiguous", { line: 2, text: "05/06/26" })).toEqual({
      about: "order",
      line: 2,
      text: "05/06/26",
    });
    expect(refused("date_order_mixed")?.about).toBe("orders");
    expect(refused("columns_not_recognised", { columns: ["a", "b"] })).toMatchObject({
      columns: [{ name: "a" }, { name: "b" }],
    });
    expect([refused("file_empty"), questionOf(new Error("x")), questionOf(null)]).toEqual([null, null, null]);
  });
});

describe("an import", () => {
  const undo = (finished_at: string | null, kept = 0) => ({
    at: "2026-11-29T10:00:00Z",
    finished_at,
    deleted: 1,
    kept,
  });
  const one = (change: Partial<Import>) => ({ status: "finished", undo: null, ...change }) as Import;

  it("stands where its undo stands", () => {
    expect(standingOf(one({}))).toBe("finished");
    expect(standingOf(one({ undo: undo(null) }))).toBe("undoing");
    expect(standingOf(one({ undo: undo("2026-11-29T10:00:01Z") }))).toBe("undone");
  });

  it("shows what stayed, then what was skipped", () => {
    const counts = { skipped: 2, created: 3, completed: 0 };
    expect(partsOf(one(counts), 1)).toEqual(["skipped", "notable", "created"]);
    expect(partsOf(one(counts), 0)).toEqual(["skipped", "created"]);
    expect(partsOf(one({ ...counts, undo: undo("2026-11-29T10:00:01Z", 1) }), 1)[0]).toBe("kept");
  });
});

describe("a row", () => {
  const told = (...codes: string[]) => isNotable({ told: codes.map((code) => ({ code, text: code })) });

  it("is worth a look where more is told than that somebody was known", () => {
    expect([told("known_unchanged"), told("contact_known"), told()]).toEqual([false, false, false]);
    expect([told("known_unchanged", "values_differ"), told("no_identity")]).toEqual([true, true]);
  });
});

describe("the names of fields", () => {
  const source = readFileSync(new URL("../../crates/domain/src/headings.rs", import.meta.url), "utf8");
  const [, table = ""] = /pub const OPPORTUNITIES[^=]*= \[([\s\S]*?)\n\];/.exec(source) ?? [];
  const headings = [...table.matchAll(/Heading::new\("(\w+)", "([^"]+)", "([^"]+)"\)/g)];

  it("are those of the columns of an exported file", () => {
    expect(headings.length).toBeGreaterThan(40);
    const named = headings.filter(([, name = ""]) => name in english.importField);
    expect(named.length).toBeGreaterThan(35);
    for (const [, name = "", spanishName, englishName] of named) {
      const field = name as keyof typeof english.importField;
      expect([spanish.importField[field], english.importField[field]]).toEqual([spanishName, englishName]);
    }
  });
});

describe("the sample file", () => {
  it("has the separator that is asked for", () => {
    const file = (separator: Separator) =>
      sampleFile(
        (field) => field,
        () => "x",
        separator,
      );
    expect(file("semicolon")).toMatch(/^\uFEFFfirst_name;last_name;email;/);
    expect(file("comma")).toMatch(/^\uFEFFfirst_name,last_name,email,/);
  });
});

describe("a list of operations", () => {
  it("shows an import once, its undo apart", () => {
    const operation = (id: string, kind: Operation["kind"], import_id: string | null) =>
      ({ id, kind, import_id }) as Operation;
    const list = [
      operation("5", "delete", "a"),
      operation("4", "import", "a"),
      operation("3", "import", null),
      operation("2", "import", null),
      operation("1", "import", "a"),
    ];
    expect(oncePerImport(list).map(({ id }) => id)).toEqual(["5", "4", "3", "2"]);
  });
});
