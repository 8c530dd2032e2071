import type { Contact, Everything } from "@reparto/client";
import { useFormatter, useLocale, useTranslations } from "use-intl";
import { htmlPage, type Section } from "../../lib/html-page";
import { useNames } from "../../resources/users/users";
import { ANSWERS, customTexts, GRADINGS, TEXTS } from "./contact-entry";

/** Everything about a person as a page to read or to print, in the reader's language. */
export function usePersonPage(): (everything: Everything) => string {
  const t = useTranslations("personPage");
  const labels = useTranslations("importField");
  const contactTexts = useTranslations("opportunity.contact");
  const privacy = useTranslations("privacy");
  const statuses = useTranslations("status");
  const priorities = useTranslations("priority");
  const kinds = useTranslations("kind");
  const attempts = useTranslations("attempts");
  const timeline = useTranslations("timeline");
  const actions = useTranslations("auditAction");
  const outcomes = useTranslations("importOutcome");
  const format = useFormatter();
  const language = useLocale();
  const names = useNames();

  const when = (at: string | null | undefined): string =>
    at ? format.dateTime(new Date(at), { dateStyle: "medium", timeStyle: "short" }) : "";
  const nameOf = (id: string | null): string => (id === null ? timeline("nobody") : (names(id) ?? timeline("unknown")));
  const said = (facts: Array<[string, string | number | null | undefined]>): Array<[string, string]> =>
    facts.flatMap(([label, value]) =>
      value === null || value === undefined || value === "" ? [] : [[label, String(value)]],
    );
  const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

  const contactFacts = (contact: Contact): Array<[string, string]> =>
    said([
      ...TEXTS.map((name): [string, string | null] => [labels(name), contact[name]]),
      [labels("edad"), contact.edad],
      ...ANSWERS.map((name): [string, string | null] => {
        const answer = contact[name];
        return [labels(name), answer === null ? null : contactTexts(answer ? "yes" : "no")];
      }),
      ...GRADINGS.map((name): [string, string | null] => [labels(name), contact[name]]),
      [contactTexts("responsible"), contact.responsible_user_id && nameOf(contact.responsible_user_id)],
      ...customTexts(contact),
      [contactTexts("notes"), contact.notes],
      [privacy("source"), contact.source],
      [privacy("sourceAt"), when(contact.source_at)],
      [
        privacy("consent"),
        contact.consent
          ? [contact.consent.text_version, when(contact.consent.at), contact.consent.channel].filter(Boolean).join(", ")
          : null,
      ],
      [
        privacy("doNotContact"),
        contact.do_not_contact
          ? [when(contact.do_not_contact.since), contact.do_not_contact.reason].filter(Boolean).join(", ")
          : null,
      ],
      [t("created"), when(contact.created_at)],
      [t("changed"), when(contact.updated_at)],
    ]);

  return (everything) => {
    const { contact } = everything;
    const opportunities = everything.opportunities.map(
      (one, place): Section => ({
        title: t("opportunity", { number: place + 1 }),
        facts: said([
          [t("detected"), when(one.detected_at)],
          [labels("status"), statuses(one.status)],
          [labels("priority"), priorities(one.priority)],
          [labels("opportunity_score"), one.opportunity_score],
          [labels("assigned_to"), nameOf(one.assigned_to_id)],
          ...Object.entries(one.detection_reason).map(([key, value]): [string, string] => [key, plain(value)]),
          [labels("notes"), one.notes],
          [t("deleted"), one.is_deleted ? contactTexts("yes") : null],
        ]),
      }),
    );
    return htmlPage(language, t("title", { name: contact.name }), t("readAt", { at: when(everything.read_at) }), [
      { title: contactTexts("title"), facts: contactFacts(contact) },
      ...opportunities,
      {
        title: t("calls"),
        table: {
          heads: [t("when"), t("result"), t("notes")],
          rows: everything.attempts.map((call) => [when(call.attempted_at), attempts(call.status), call.notes ?? ""]),
        },
        none: t("none"),
      },
      {
        title: timeline("title"),
        table: {
          heads: [t("when"), t("what"), t("who"), t("holder"), labels("status"), t("notes")],
          rows: everything.history.map((entry) => [
            when(entry.at),
            kinds(entry.kind),
            entry.actor_name ?? timeline("system"),
            timeline("moved", { from: nameOf(entry.from_id), to: nameOf(entry.to_id) }),
            statuses(entry.new_status),
            entry.note ?? "",
          ]),
        },
        none: t("none"),
      },
      {
        title: t("audit"),
        table: {
          heads: [t("when"), t("what"), t("who"), t("details")],
          rows: everything.audit_entries.map((entry) => {
            const key = entry.action as Parameters<typeof actions>[0];
            const details = Object.entries(entry.details ?? {}).map(([name, value]) => `${name}: ${plain(value)}`);
            return [
              when(entry.created_at),
              actions.has(key) ? actions(key) : entry.action,
              entry.actor_email,
              details.join("\n"),
            ];
          }),
        },
        none: t("none"),
      },
      {
        title: t("imports"),
        table: {
          heads: [t("when"), t("file"), t("result"), t("cells")],
          rows: everything.imports.map((row) => [
            when(row.at),
            row.name ?? "",
            outcomes(row.outcome),
            row.cells?.join("\n") ?? t("cellsGone"),
          ]),
        },
        none: t("none"),
      },
    ]);
  };
}
