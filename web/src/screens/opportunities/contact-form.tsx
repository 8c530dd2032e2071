import { Alert, Button, Group, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { ApiError, type Contact } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { success } from "../../common/toast";
import { useUserOptions } from "../../resources/users/users";
import { api } from "../../service/api";
import { useIsAdministrator } from "../../service/me";
import { useRefresh } from "../../service/refresh";
import {
  ANSWERS,
  type ContactEntry,
  changedNames,
  changeOf,
  customName,
  customTexts,
  entryOf,
  GRADES,
  GRADINGS,
  TEXTS,
} from "./contact-entry";

const TYPES: Partial<Record<(typeof TEXTS)[number], string>> = { email: "email", phone: "tel", mobile: "tel" };

/** Fields that somebody else changed meanwhile, and what they say now. */
class ChangedMeanwhile extends Error {
  readonly now: ContactEntry;
  readonly names: readonly string[];

  constructor(now: ContactEntry, names: readonly string[]) {
    super("changed meanwhile");
    this.now = now;
    this.names = names;
  }
}

/** Corrects what is known about a person. */
export function ContactForm({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const t = useTranslations("opportunity.contact");
  const labels = useTranslations("importField");
  const administrator = useIsAdministrator();
  const users = useUserOptions();
  const refresh = useRefresh();
  const [before, setBefore] = useState<ContactEntry>(() => entryOf(contact));
  const [entered, setEntered] = useState<ContactEntry>(before);
  const [custom] = useState(() => customTexts(contact).map(([key]) => key));
  const set = (name: string, value: string): void => setEntered((last) => ({ ...last, [name]: value }));
  const changed = changedNames(before, entered);
  const save = useMutation({
    mutationFn: async () => {
      const present = await api.contactApi.get(contact.id);
      const now = entryOf(present);
      const names = changedNames(before, now).filter((name) => changed.includes(name) && now[name] !== entered[name]);
      if (names.length > 0) throw new ChangedMeanwhile(now, names);
      return api.contactApi.update(contact.id, changeOf(present, before, entered));
    },
    onSuccess: () => {
      success(t("saved"));
      onClose();
    },
    onError: (error) => {
      if (!(error instanceof ChangedMeanwhile)) return;
      // Saving once more is then a decision. What was not typed here becomes what it says now.
      setBefore(error.now);
      setEntered({ ...error.now, ...Object.fromEntries(changed.map((name) => [name, entered[name] ?? ""])) });
    },
    onSettled: refresh,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (changed.length === 0) onClose();
    else save.mutate();
  };
  const refused = (name: string): string | undefined =>
    save.error instanceof ApiError ? save.error.field(name) : undefined;
  const field = (name: string) => ({ name, value: entered[name] ?? "", error: refused(name) });
  const typed = (name: string) => ({
    ...field(name),
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) => set(name, value),
  });
  const chosen = (name: string) => ({
    ...field(name),
    value: entered[name] || null,
    clearable: true,
    clearButtonProps: { "aria-label": t("clear") },
    placeholder: t("unknown"),
    onChange: (value: string | null) => set(name, value ?? ""),
  });
  const label = (name: string): string => {
    if (name === "notes") return t("notes");
    if (name === "responsible_user_id") return t("responsible");
    const key = name as Parameters<typeof labels>[0];
    return labels.has(key) ? labels(key) : name.replace(/^custom_fields\./, "");
  };
  const shown = (name: string, value: string | undefined): string => {
    if (!value) return t("nothing");
    if (name === "responsible_user_id") return users.find((user) => user.value === value)?.label ?? value;
    return value === "true" ? t("yes") : value === "false" ? t("no") : value;
  };
  const placed = save.error instanceof ApiError && Object.keys(entered).some((name) => refused(name) !== undefined);
  return (
    <form onSubmit={submit} aria-label={t("edit")} noValidate>
      <Stack gap="sm">
        {save.error instanceof ChangedMeanwhile && (
          <Alert color="yellow" role="alert" title={t("changedMeanwhile")}>
            {save.error.names.map((name) => (
              <Text key={name} size="sm">
                {t("nowSays", { field: label(name), value: shown(name, before[name]) })}
              </Text>
            ))}
            <Text size="sm">{t("saveAnyway")}</Text>
          </Alert>
        )}
        {save.error !== null && !(save.error instanceof ChangedMeanwhile) && !placed && (
          <Alert color="red" role="alert">
            {messageOf(save.error)}
          </Alert>
        )}
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="sm">
          {TEXTS.map((name, place) => (
            <TextInput
              key={name}
              label={label(name)}
              type={TYPES[name] ?? "text"}
              autoFocus={place === 0}
              {...typed(name)}
            />
          ))}
          <NumberInput
            label={label("edad")}
            min={0}
            max={150}
            allowDecimal={false}
            {...field("edad")}
            onChange={(value) => set("edad", String(value))}
          />
          {ANSWERS.map((name) => (
            <Select
              key={name}
              label={label(name)}
              data={[
                { value: "true", label: t("yes") },
                { value: "false", label: t("no") },
              ]}
              {...chosen(name)}
            />
          ))}
          {GRADINGS.map((name) => (
            <Select key={name} label={label(name)} data={[...GRADES]} {...chosen(name)} />
          ))}
          {administrator && (
            <Select
              label={label("responsible_user_id")}
              searchable
              data={users}
              {...chosen("responsible_user_id")}
              placeholder={t("nobody")}
            />
          )}
          {custom.map((key) => (
            <TextInput key={key} label={key} {...typed(customName(key))} />
          ))}
        </SimpleGrid>
        <Textarea label={label("notes")} autosize minRows={2} maxRows={10} {...typed("notes")} />
        <Group justify="flex-end">
          <Button variant="default" size="xs" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" size="xs" loading={save.isPending}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
