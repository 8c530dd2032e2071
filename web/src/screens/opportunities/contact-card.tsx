import { Anchor, Card, Text, Title } from "@mantine/core";
import type { Contact } from "@reparto/client";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Moment } from "../../common/time";

export function ContactCard({ contact }: { contact: Contact }) {
  const t = useTranslations("opportunity.contact");
  const place = [contact.address, contact.postal_code, contact.city, contact.state, contact.country];
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t("title")}
      </Title>
      {contact.erased_at ? (
        <ErasedAt at={contact.erased_at} />
      ) : (
        <dl className="facts">
          <Fact label={t("company")}>{contact.company_name}</Fact>
          <Fact label={t("position")}>{contact.position}</Fact>
          <Fact label={t("email")}>
            {contact.email && <Anchor href={`mailto:${contact.email}`}>{contact.email}</Anchor>}
          </Fact>
          <Fact label={t("phone")}>
            {contact.phone && <Anchor href={`tel:${contact.phone}`}>{contact.phone}</Anchor>}
          </Fact>
          <Fact label={t("mobile")}>
            {contact.mobile && <Anchor href={`tel:${contact.mobile}`}>{contact.mobile}</Anchor>}
          </Fact>
          <Fact label={t("place")}>{place.filter(Boolean).join(", ")}</Fact>
          <Fact label={t("nationality")}>{contact.nacionalidad}</Fact>
          <Fact label={t("notes")}>{contact.notes}</Fact>
        </dl>
      )}
    </Card>
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
