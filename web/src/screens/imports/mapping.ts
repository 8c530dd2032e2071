import type { ContactChange, OpportunityCreate, Priority } from "@reparto/client";

/** What a column of a file can contain. */
export const TARGETS = [
  "name",
  "first_name",
  "last_name",
  "email",
  "phone",
  "mobile",
  "company_name",
  "city",
  "country",
  "score",
  "priority",
  "reason",
  "notes",
] as const;
export type Target = (typeof TARGETS)[number];

/** The target of each column; null if it is ignored. */
export type Mapping = Array<Target | null>;

const NAMES: Record<Target, readonly string[]> = {
  name: ["name", "nombrecompleto", "fullname", "contact", "contacto"],
  first_name: ["firstname", "nombre", "givenname"],
  last_name: ["lastname", "apellidos", "apellido", "surname"],
  email: ["email", "emailaddress", "correo", "correoelectronico", "mail"],
  phone: ["phone", "phonenumber", "telefono", "tel"],
  mobile: ["mobile", "mobilephone", "movil", "celular"],
  company_name: ["company", "companyname", "empresa", "organizacion"],
  city: ["city", "ciudad", "poblacion", "localidad"],
  country: ["country", "pais"],
  score: ["score", "opportunityscore", "puntuacion", "leadscore"],
  priority: ["priority", "prioridad"],
  reason: ["reason", "detectionreason", "motivo", "source", "origen", "fuente"],
  notes: ["notes", "notas", "observaciones", "comments", "comentarios"],
};

const folded = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");

/** Guesses the columns' targets from their titles; of two with the same target, the first. */
export function guess(titles: readonly string[]): Mapping {
  const taken = new Set<Target>();
  return titles.map((title) => {
    const target = TARGETS.find((one) => !taken.has(one) && NAMES[one].includes(folded(title)));
    if (target === undefined) return null;
    taken.add(target);
    return target;
  });
}

const PRIORITY_WORDS: Record<string, Priority> = {
  low: "low",
  baja: "low",
  medium: "medium",
  media: "medium",
  high: "high",
  alta: "high",
  urgent: "urgent",
  urgente: "urgent",
};

/** Why a row cannot be imported. */
export type RowFault = "nobody" | "score" | "priority" | "email" | "duplicate";

/** The contact and the opportunity of a row. */
export interface Lead {
  contact: ContactChange;
  opportunity: Omit<OpportunityCreate, "contact_id">;
}

export type Row = { line: number; cells: string[]; lead: Lead } | { line: number; cells: string[]; fault: RowFault };

const CONTACT_FIELDS = [
  "name",
  "first_name",
  "last_name",
  "email",
  "phone",
  "mobile",
  "company_name",
  "city",
  "country",
] as const;

/** Reads the rows of a file; `line` counts from 1, the header included. */
export function readRows(cells: readonly string[][], mapping: Mapping): Row[] {
  const seen = new Set<string>();
  return cells.map((row, index) => {
    const line = index + 2;
    const value = (target: Target): string => row[mapping.indexOf(target)]?.trim() ?? "";
    const contact: ContactChange = {};
    for (const field of CONTACT_FIELDS) if (value(field) !== "") contact[field] = value(field);
    const fault = faultOf(value);
    if (fault !== null) return { line, cells: row, fault };
    const key = folded(value("email")) || value("phone").replace(/\D/g, "") || value("mobile").replace(/\D/g, "");
    if (key !== "" && seen.has(key)) return { line, cells: row, fault: "duplicate" };
    seen.add(key);
    const opportunity: Lead["opportunity"] = {};
    if (value("score") !== "") opportunity.opportunity_score = Number(value("score"));
    if (value("priority") !== "") opportunity.priority = PRIORITY_WORDS[folded(value("priority"))] ?? "medium";
    if (value("reason") !== "") opportunity.detection_reason = value("reason");
    if (value("notes") !== "") contact.notes = value("notes");
    return { line, cells: row, lead: { contact, opportunity } };
  });
}

function faultOf(value: (target: Target) => string): RowFault | null {
  const anybody = (["name", "first_name", "last_name", "email", "phone", "mobile"] as const).some(
    (one) => value(one) !== "",
  );
  if (!anybody) return "nobody";
  if (value("email") !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value("email"))) return "email";
  const score = value("score");
  if (score !== "" && !(Number.isInteger(Number(score)) && Number(score) >= 0 && Number(score) <= 100)) return "score";
  if (value("priority") !== "" && PRIORITY_WORDS[folded(value("priority"))] === undefined) return "priority";
  return null;
}
