import type { Contact, Priority, Role, Status } from "@reparto/client";
import { useTranslations } from "use-intl";

/** A word on a coloured background; the colour carries no information of its own. */
export function Tag({ tone, children }: { tone: string; children: string }) {
  return (
    <span className="tag" data-tone={tone}>
      {children}
    </span>
  );
}

const STATUS_TONES: Record<Status, string> = {
  pending: "grey",
  assigned: "blue",
  contacted: "violet",
  converted: "green",
  expired: "sand",
  lost: "red",
};

export function StatusTag({ status }: { status: Status }) {
  const t = useTranslations("status");
  return <Tag tone={STATUS_TONES[status]}>{t(status)}</Tag>;
}

const PRIORITY_TONES: Record<Priority, string> = { low: "grey", medium: "blue", high: "sand", urgent: "red" };

export function PriorityTag({ priority }: { priority: Priority }) {
  const t = useTranslations("priority");
  return <Tag tone={PRIORITY_TONES[priority]}>{t(priority)}</Tag>;
}

export function RoleTag({ role }: { role: Role }) {
  const t = useTranslations("role");
  return <Tag tone={role === "admin" || role === "superuser" ? "violet" : "grey"}>{t(role)}</Tag>;
}

/** Marks a contact who does not want to be contacted; nothing for any other. */
export function DoNotContactTag({ contact }: { contact: Contact }) {
  const t = useTranslations("privacy");
  return !contact.do_not_contact ? null : <Tag tone="red">{t("doNotContact")}</Tag>;
}
