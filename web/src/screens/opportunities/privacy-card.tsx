import { Alert, Button, Card, Group, Modal, Stack, Text, Title } from "@mantine/core";
import type { Contact, Everything, LeadOpportunity } from "@reparto/client";
import { IconDownload, IconEdit, IconFileText } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { Moment } from "../../common/time";
import { failure } from "../../common/toast";
import { download } from "../../lib/csv";
import { EraseForm } from "../../resources/erase-form";
import { api } from "../../service/api";
import { useIsAdministrator } from "../../service/me";
import { useRefresh } from "../../service/refresh";
import { useCanEdit } from "./change";
import { Fact } from "./contact-card";
import { DoNotContact } from "./do-not-contact";
import { usePersonPage } from "./person-page";
import { ProvenanceForm } from "./provenance-form";

/** What the person wants and agreed to, and what they may ask for: everything about them, and to be erased. */
export function PrivacyCard({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("privacy");
  const administrator = useIsAdministrator();
  const canEdit = useCanEdit(opportunity);
  const [editing, setEditing] = useState(false);
  const { contact } = opportunity;
  const erase = useErase(contact);
  if (contact.erased_at !== null && !erase.isSuccess) return null;
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("title")}
        </Title>
        {contact.erased_at === null && <DoNotContact contact={contact} canEdit={canEdit} />}
        {editing ? (
          <ProvenanceForm contact={contact} onClose={() => setEditing(false)} />
        ) : (
          contact.erased_at === null && (
            <>
              <Provenance contact={contact} />
              {canEdit && (
                <Group justify="flex-end">
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<IconEdit size={16} aria-hidden />}
                    onClick={() => setEditing(true)}
                  >
                    {t("edit")}
                  </Button>
                </Group>
              )}
            </>
          )
        )}
        {administrator && <Rights contact={contact} erase={erase} />}
      </Stack>
    </Card>
  );
}

function Provenance({ contact: { source, source_at, consent } }: { contact: Contact }) {
  const t = useTranslations("privacy");
  const at = !consent ? null : () => <Moment at={consent.at} date />;
  return (
    <dl className="facts">
      <Fact label={t("source")}>{source ?? t("unknown")}</Fact>
      <Fact label={t("sourceAt")}>{!source_at ? null : <Moment at={source_at} date />}</Fact>
      <Fact label={t("consent")}>
        {!consent || at === null
          ? t("noConsent")
          : consent.channel === null
            ? t.rich("consentOf", { version: consent.text_version, at })
            : t.rich("consentBy", { version: consent.text_version, channel: consent.channel, at })}
      </Fact>
    </dl>
  );
}

function useErase({ id }: Contact) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (reason: string) => api.contactApi.erase(id, reason),
    onSettled: refresh,
  });
}

/** What only administrators can do for a person who asks for it. */
function Rights({ contact, erase }: { contact: Contact; erase: ReturnType<typeof useErase> }) {
  const t = useTranslations("privacy");
  const [erasing, setErasing] = useState(false);
  const everything = useMutation({
    mutationFn: () => api.contactApi.everything(contact.id),
    onSuccess: (file) => download(t("file"), file),
    onError: (error) => failure(messageOf(error)),
  });
  const pageOf = usePersonPage();
  const readable = useMutation({
    mutationFn: async () => JSON.parse(await (await api.contactApi.everything(contact.id)).text()) as Everything,
    onSuccess: (found) => download(t("readableFile"), new Blob([pageOf(found)], { type: "text/html;charset=utf-8" })),
    onError: (error) => failure(messageOf(error)),
  });
  return (
    <Stack gap="xs">
      {erase.isSuccess && (
        <Alert color="teal" role="status">
          {t("erasedDone", { opportunities: erase.data.opportunities, entries: erase.data.audit_entries })}
        </Alert>
      )}
      {contact.erased_at === null && (
        <>
          <Text size="xs" c="dimmed">
            {t("everythingHint")}
          </Text>
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
              onClick={() => everything.mutate()}
              loading={everything.isPending}
            >
              {t("everything")}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconFileText size={16} aria-hidden />}
              onClick={() => readable.mutate()}
              loading={readable.isPending}
            >
              {t("everythingReadable")}
            </Button>
            <Button size="xs" color="red" variant="default" onClick={() => setErasing(true)}>
              {t("erase")}
            </Button>
          </Group>
        </>
      )}
      <Modal
        opened={erasing}
        onClose={() => setErasing(false)}
        title={t("eraseTitle")}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {erase.isError && (
          <Alert color="red" role="alert" mb="sm">
            {messageOf(erase.error)}
          </Alert>
        )}
        <EraseForm
          name={contact.name}
          goes={t("goes")}
          stays={t("stays")}
          pending={erase.isPending}
          onCancel={() => setErasing(false)}
          onErase={(reason) => erase.mutate(reason, { onSuccess: () => setErasing(false) })}
        />
      </Modal>
    </Stack>
  );
}
