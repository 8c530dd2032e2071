import type { LeadOpportunity } from "@reparto/client";
import { Link } from "@tanstack/react-router";
import { columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import { useTranslations } from "use-intl";
import { DoNotContactTag, PriorityTag, StatusTag } from "../../common/badges";
import { Moment } from "../../common/time";

export const features = tableFeatures({ columnVisibilityFeature });
const column = createColumnHelper<typeof features, LeadOpportunity>();

/** The columns by the key of their title; the first cannot be hidden. */
export const COLUMNS = ["contact", "phone", "score", "priority", "status", "holder", "detected", "attempts"] as const;
export type ColumnKey = (typeof COLUMNS)[number];

/** The field by which a column sorts. */
export const SORT_OF: Partial<Record<ColumnKey, "opportunity_score" | "priority" | "detected_at">> = {
  score: "opportunity_score",
  priority: "priority",
  detected: "detected_at",
};

function Holder({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunities");
  if (opportunity.assigned_to === null) return <span className="nobody">{t("nobody")}</span>;
  const { name, is_active } = opportunity.assigned_to;
  return (
    <span>
      {name}
      {!is_active && <span className="nobody"> ({t("inactive")})</span>}
    </span>
  );
}

function ContactCell({ opportunity }: { opportunity: LeadOpportunity }) {
  const { contact, id } = opportunity;
  const more = [contact.company_name, contact.city].filter(Boolean).join(" · ");
  return (
    <>
      <Link to="/opportunities/$opportunityId" params={{ opportunityId: id }} className="row-link">
        {contact.name}
      </Link>
      {contact.do_not_contact && (
        <>
          {" "}
          <DoNotContactTag contact={contact} />
        </>
      )}
      {more !== "" && <span className="under">{more}</span>}
    </>
  );
}

export const columns = column.columns([
  column.display({ id: "contact", cell: ({ row }) => <ContactCell opportunity={row.original} /> }),
  column.display({ id: "phone", cell: ({ row }) => row.original.contact.phone ?? row.original.contact.mobile ?? "–" }),
  column.display({ id: "score", cell: ({ row }) => <Score value={row.original.opportunity_score} /> }),
  column.display({ id: "priority", cell: ({ row }) => <PriorityTag priority={row.original.priority} /> }),
  column.display({ id: "status", cell: ({ row }) => <StatusTag status={row.original.status} /> }),
  column.display({ id: "holder", cell: ({ row }) => <Holder opportunity={row.original} /> }),
  column.display({ id: "detected", cell: ({ row }) => <Moment at={row.original.detected_at} /> }),
  column.display({ id: "attempts", cell: ({ row }) => <Attempts opportunity={row.original} /> }),
]);

function Score({ value }: { value: number }) {
  return (
    <span className="score">
      <span className="numbers">{value}</span>
      <meter min={0} max={100} value={value} aria-hidden />
    </span>
  );
}

function Attempts({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunities");
  const made = Object.keys(opportunity.first_call_attempts).length;
  return <span className="numbers">{opportunity.first_call_completed ? t("reached") : t("attemptsOf", { made })}</span>;
}
