import type { Contact, ContactChange } from "@reparto/client";

/** The contact's fields that the form has, by what is entered in them. */
export const TEXTS = [
  "first_name",
  "last_name",
  "email",
  "phone",
  "mobile",
  "company_name",
  "position",
  "address",
  "postal_code",
  "city",
  "state",
  "country",
  "nacionalidad",
  "lugar_residencia",
  "tiempo_espana",
  "landing_product",
] as const satisfies (keyof Contact)[];
export const ANSWERS = [
  "empadronado",
  "tiene_ingresos",
  "trabaja_b",
  "tiene_familiares_espana",
] as const satisfies (keyof Contact)[];
export const GRADINGS = ["grading_llamada", "grading_situacion"] as const satisfies (keyof Contact)[];
export const GRADES = ["A", "B+", "B-", "C", "D"] as const;

type Field =
  | (typeof TEXTS)[number]
  | (typeof ANSWERS)[number]
  | (typeof GRADINGS)[number]
  | "edad"
  | "notes"
  | "responsible_user_id";

/** What stands in the form's fields, "" where nothing does. Those of the contact's own fields begin with `custom_fields.`. */
export type ContactEntry = Readonly<Record<string, string>>;

const CUSTOM = "custom_fields.";
/** The form's name of one of the contact's own fields. */
export const customName = (key: string): string => CUSTOM + key;

/** The own fields that are texts or numbers; other systems' lists and objects are left to them. */
export function customTexts(contact: Contact): Array<[string, string | number]> {
  return Object.entries(contact.custom_fields as Record<string, unknown>).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === "string" || typeof entry[1] === "number",
  );
}

export function entryOf(contact: Contact): ContactEntry {
  const texts = [...TEXTS, ...GRADINGS, "notes", "responsible_user_id"] as const;
  const own = customTexts(contact).map(([key, value]) => [customName(key), String(value)]);
  return Object.fromEntries([
    ...texts.map((name) => [name, contact[name] ?? ""]),
    ...ANSWERS.map((name) => [name, contact[name] === null ? "" : String(contact[name])]),
    ["edad", contact.edad === null ? "" : String(contact.edad)],
    ...own,
  ]);
}

/** The names of the fields in which something else was entered. */
export function changedNames(before: ContactEntry, entered: ContactEntry): string[] {
  return Object.keys(entered).filter((name) => entered[name]?.trim() !== (before[name] ?? "").trim());
}

const readAs = (name: string, text: string): string | number | boolean | null => {
  if (text === "") return null;
  if (name === "edad") return Number(text);
  return (ANSWERS as readonly string[]).includes(name) ? text === "true" : text;
};

/** What to send: the fields in which something else was entered, so that nobody else's change to another one is lost. */
export function changeOf(contact: Contact, before: ContactEntry, entered: ContactEntry): ContactChange {
  const names = changedNames(before, entered);
  const change: Partial<Record<Field, unknown>> & { custom_fields?: unknown } = {};
  for (const name of names.filter((one) => !one.startsWith(CUSTOM))) {
    change[name as Field] = readAs(name, entered[name]?.trim() ?? "");
  }
  const own = names.filter((name) => name.startsWith(CUSTOM)).map((name) => name.slice(CUSTOM.length));
  if (own.length > 0) {
    const custom: Record<string, unknown> = { ...contact.custom_fields };
    for (const key of own) {
      const text = entered[customName(key)]?.trim() ?? "";
      if (text === "") delete custom[key];
      else custom[key] = text;
    }
    change.custom_fields = custom;
  }
  return change as ContactChange;
}
