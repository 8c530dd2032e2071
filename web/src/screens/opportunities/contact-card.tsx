import { Anchor, Button, Card, Group, Text, Title } from "@mantine/core";
import type { Contact, LeadOpportunity } from "@reparto/client";
import { IconEdit } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslations } from "use-intl";
import { Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { useNames } from "../../resources/users/users";
import { useIsAdministrator } from "../../service/me";
import { useCanEdit } from "./change";
import { ANSWERS, customTexts, GRADINGS } from "./contact-entry";

const ContactForm = lazy(() => import("./contact-form").then((part) => ({ default: part.ContactForm })));
const DeleteContact = lazy(() => import("./delete-contact").then((part) => ({ default: part.DeleteContact })));

/** What is known about the person, and ways to correct and to delete it for those who may. */
export function ContactCard({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity.contact");
  const administrator = useIsAdministrator();
  const { contact } = opportunity;
  const canEdit = useCanEdit(opportunity) && !contact.erased_at;
  const [editing, setEditing] = useState(false);
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t("title")}
        </Title>
        {canEdit && !editing && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconEdit size={16} aria-hidden />}
              onClick={() => setEditing(true)}
            >
              {t("edit")}
            </Button>
            {administrator && (
              <Suspense>
                <DeleteContact contact={contact} />
              </Suspense>
            )}
          </Group>
        )}
      </Group>
      {contact.erased_at ? (
        <ErasedAt at={contact.erased_at} />
      ) : editing ? (
        <Suspense fallback={<Loading />}>
          <ContactForm contact={contact} onClose={() => setEditing(false)} />
        </Suspense>
      ) : (
        <Facts contact={contact} />
      )}
    </Card>
  );
}

function Facts({ contact }: { contact: Contact }) {
  const t = useTranslations("opportunity.contact");
  const labels = useTranslations("importField");
  const nameOf = useNames();
  const place = [contact.address, contact.postal_code, contact.city, contact.state, contact.country];
  return (
    <dl className="facts">
      <Fact label={t("company")}>{contact.company_name}</Fact>
      <Fact label={t("position")}>{contact.position}</Fact>
      <Fact label={t("email")}>
        {contact.email && <Anchor href={`mailto:${contact.email}`}>{contact.email}</Anchor>}
      </Fact>
      <Fact label={t("phone")}>{contact.phone && <Anchor href={`tel:${contact.phone}`}>{contact.phone}</Anchor>}</Fact>
      <Fact label={t("mobile")}>
        {contact.mobile && <Anchor href={`tel:${contact.mobile}`}>{contact.mobile}</Anchor>}
      </Fact>
      <Fact label={t("place")}>{place.filter(Boolean).join(", ")}</Fact>
      <Fact label={t("nationality")}>{contact.nacionalidad}</Fact>
      <Fact label={labels("edad")}>{contact.edad}</Fact>
      {(["lugar_residencia", "tiempo_espana", ...GRADINGS, "landing_product"] as const).map((name) => (
        <Fact key={name} label={labels(name)}>
          {contact[name]}
        </Fact>
      ))}
      {ANSWERS.map((name) => (
        <Fact key={name} label={labels(name)}>
          {contact[name] === null ? null : t(contact[name] ? "yes" : "no")}
        </Fact>
      ))}
      <Fact label={t("responsible")}>{nameOf(contact.responsible_user_id)}</Fact>
      {customTexts(contact).map(([key, value]) => (
        <Fact key={key} label={key}>
          {value}
        </Fact>
      ))}
      <Fact label={t("notes")}>{contact.notes}</Fact>
    </dl>
  );
}

function ErasedAt({ at }: { at: string }) {
  const t = useTranslations("privacy");
  return <Text size="sm">{t.rich("erasedHint", { at: () => <Moment at={at} /> })}</Text>;
}

/** A labelled value; nothing if there is none. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
