import type { ImportColumn, ImportMapping } from "@reparto/client";

/** The fields that a column can be mapped to, as the service names them. */
export const FIELDS = {
  person: [
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "company_name",
    "position",
    "address",
    "city",
    "state",
    "postal_code",
    "country",
    "contact_notes",
    "source",
    "source_at",
    "consent",
    "do_not_contact",
    "nacionalidad",
    "edad",
    "tiempo_espana",
    "empadronado",
    "lugar_residencia",
    "tiene_ingresos",
    "trabaja_b",
    "tiene_familiares_espana",
    "grading_llamada",
    "grading_situacion",
    "landing_product",
    "avatar_url",
    "company_id",
    "contact_id",
    "custom_fields",
  ],
  opportunity: [
    "opportunity_score",
    "priority",
    "status",
    "assigned_to",
    "notes",
    "detection_reason",
    "title",
    "detected_at",
    "first_call_attempts",
  ],
  others: ["custom", "ignore"],
} as const;

export type FieldGroup = keyof typeof FIELDS;
export type Field = (typeof FIELDS)[FieldGroup][number];

/** What a column without a field is: kept with the contact. */
export const CUSTOM: Field = "custom";

/** How the service reads one of these depends on the others, and on whether anything is mapped by hand. */
const NAMES: ReadonlySet<string | null> = new Set(["name", "first_name", "last_name"]);

/**
 * The mapping to send: what was chosen by hand, and the names as they were shown. The service would guess these anew
 * beside a mapping; all columns of a wide file would not fit into an address.
 */
export function mappingOf(columns: readonly ImportColumn[], choices: ImportMapping): ImportMapping {
  const names = columns.filter(({ field }) => NAMES.has(field)).map(({ name, field }) => [name, field ?? CUSTOM]);
  return Object.keys(choices).length === 0 ? {} : { ...Object.fromEntries(names), ...choices };
}
