import { describe, expect, it } from "vitest";
import { guess, readRows } from "../src/screens/imports/mapping";

describe("columns", () => {
  it("are guessed from titles in both languages", () => {
    expect(guess(["Nombre completo", "CORREO ELECTRÓNICO", "Teléfono", "Puntuación", "Shoe size"])).toEqual([
      "name",
      "email",
      "phone",
      "score",
      null,
    ]);
    expect(guess(["First Name", "Last name", "E-mail", "Mobile Phone"])).toEqual([
      "first_name",
      "last_name",
      "email",
      "mobile",
    ]);
  });

  it("with the same meaning are used once", () => {
    expect(guess(["email", "Correo"])).toEqual(["email", null]);
  });
});

describe("rows", () => {
  const mapping = guess(["name", "email", "phone", "score", "priority"]);
  const faults = (rows: string[][]) =>
    readRows(rows, mapping).map((row) => ("fault" in row ? `${row.line} ${row.fault}` : row.line));

  it("that are invalid have a reason and a line number", () => {
    expect(
      faults([
        ["Ana", "ana@example.org", "", "80", "alta"],
        ["", "", "", "10", ""],
        ["Bea", "bea at example", "", "", ""],
        ["Cruz", "", "600", "101", ""],
        ["Dan", "", "601", "1.5", ""],
        ["Eva", "", "602", "", "soon"],
        ["Ana again", "ANA@example.org", "", "", ""],
      ]),
    ).toEqual([2, "3 nobody", "4 email", "5 score", "6 score", "7 priority", "8 duplicate"]);
  });

  it("become a contact and its opportunity", () => {
    const [row] = readRows([["Ana", "ana@example.org", " 600 ", "80", "Alta"]], mapping);
    expect(row).toMatchObject({
      lead: {
        contact: { name: "Ana", email: "ana@example.org", phone: "600" },
        opportunity: { opportunity_score: 80, priority: "high" },
      },
    });
  });

  it("may be shorter than the header", () => {
    expect(faults([["Ana"]])).toEqual([2]);
  });
});
