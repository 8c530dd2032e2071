import { Button, Group, Stack, TextInput } from "@mantine/core";
import type { Contact, ContactChange } from "@reparto/client";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { dayBegins, dayOf } from "../../lib/days";
import { useChangeContact } from "./do-not-contact";

/** A moment that keeps its time of day while its day stays the same. */
function momentOf(day: string, before: string | null | undefined): string | undefined {
  return before && dayOf(before) === day ? before : dayBegins(day);
}

/** Where the person came from, and what they agreed to. */
export function ProvenanceForm({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const t = useTranslations("privacy");
  const { consent } = contact;
  const change = useChangeContact(contact.id, onClose);
  const [entered, setEntered] = useState({
    source: contact.source ?? "",
    sourceAt: dayOf(contact.source_at),
    version: consent?.text_version ?? "",
    at: dayOf(consent?.at),
    channel: consent?.channel ?? "",
  });
  const field = (name: keyof typeof entered) => ({
    name,
    value: entered[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: HTMLInputElement }) =>
      setEntered((before) => ({ ...before, [name]: value })),
  });
  const version = entered.version.trim();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const channel = entered.channel.trim();
    const next: ContactChange = {
      source: entered.source.trim() || null,
      source_at: momentOf(entered.sourceAt, contact.source_at) ?? null,
      consent:
        version === ""
          ? null
          : {
              text_version: version,
              at: momentOf(entered.at, consent?.at) ?? new Date().toISOString(),
              ...(channel === "" ? {} : { channel }),
            },
    };
    change.mutate(next);
  };
  return (
    <form onSubmit={submit} aria-label={t("edit")}>
      <Stack gap="sm">
        <Group grow align="flex-start">
          <TextInput label={t("source")} maxLength={200} autoFocus {...field("source")} />
          <TextInput label={t("sourceAt")} type="date" {...field("sourceAt")} />
        </Group>
        <TextInput label={t("version")} description={t("versionHint")} maxLength={200} {...field("version")} />
        {version !== "" && (
          <Group grow align="flex-start">
            <TextInput label={t("consentAt")} type="date" required withAsterisk={false} {...field("at")} />
            <TextInput label={t("channel")} placeholder={t("channelHint")} maxLength={200} {...field("channel")} />
          </Group>
        )}
        <Group justify="flex-end">
          <Button variant="default" size="xs" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" size="xs" loading={change.isPending}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
