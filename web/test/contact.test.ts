import type { Contact } from "@reparto/client";
import { describe, expect, it } from "vitest";
import { changedNames, changeOf, customName, entryOf } from "../src/screens/opportunities/contact-entry";

const contact = {
  first_name: "Ana",
  last_name: null,
  email: "ana@example.org",
  edad: 30,
  empadronado: true,
  tiene_ingresos: null,
  grading_llamada: "A",
  notes: "Llamó\ndos veces",
  responsible_user_id: null,
  custom_fields: { campaign: "verano", visits: 3, tags: ["a"] },
} as unknown as Contact;

describe("the form of a contact", () => {
  it("shows what the contact says, and sends nothing of it unchanged", () => {
    const entry = entryOf(contact);
    expect(entry).toMatchObject({
      first_name: "Ana",
      last_name: "",
      edad: "30",
      empadronado: "true",
      tiene_ingresos: "",
    });
    expect(entry).toMatchObject({ [customName("campaign")]: "verano", [customName("visits")]: "3" });
    expect(entry).not.toHaveProperty(customName("tags"));
    expect(changedNames(entry, entry)).toEqual([]);
    expect(changeOf(contact, entry, { ...entry, first_name: " Ana " })).toEqual({});
  });

  it("sends what was changed in its own type, and null for what was emptied", () => {
    const entry = entryOf(contact);
    const entered = { ...entry, last_name: "Ruiz", email: "", edad: "31", empadronado: "false", notes: "" };
    const change = { last_name: "Ruiz", email: null, edad: 31, empadronado: false, notes: null };
    expect(changeOf(contact, entry, entered)).toEqual(change);
    expect(changeOf(contact, entry, { ...entry, edad: "", tiene_ingresos: "true" })).toEqual({
      edad: null,
      tiene_ingresos: true,
    });
  });

  it("keeps the own fields that it does not show", () => {
    const entry = entryOf(contact);
    const entered = { ...entry, [customName("campaign")]: "otoño", [customName("visits")]: "" };
    expect(changeOf(contact, entry, entered)).toEqual({ custom_fields: { campaign: "otoño", tags: ["a"] } });
  });
});
