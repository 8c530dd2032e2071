import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";

interface Props {
  /** The name of whoever is erased; it has to be typed. */
  name: string;
  goes: string;
  stays: string;
  pending: boolean;
  onCancel: () => void;
  onErase: (reason: string) => void;
}

const folded = (text: string): string => text.trim().replaceAll(/\s+/g, " ").toLocaleLowerCase();

/** Says what is erased and what stays, and asks for a reason and the name: nothing brings it back. */
export function EraseForm({ name, goes, stays, pending, onCancel, onErase }: Props) {
  const t = useTranslations("erase");
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const sure = folded(typed) === folded(name) && reason.trim() !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (sure) onErase(reason.trim());
  };
  return (
    <form onSubmit={submit} aria-label={t("title", { name })}>
      <Stack gap="sm">
        <Text size="sm">
          <strong>{t("goes")}</strong> {goes}
        </Text>
        <Text size="sm">
          <strong>{t("stays")}</strong> {stays}
        </Text>
        <Text size="sm" fw={600}>
          {t("forGood")}
        </Text>
        <Textarea
          label={t("reason")}
          description={t("reasonHint")}
          autosize
          minRows={2}
          maxLength={500}
          required
          withAsterisk={false}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label={t("type", { name })}
          autoComplete="off"
          spellCheck={false}
          required
          withAsterisk={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={pending}>
            {t("cancel")}
          </Button>
          <Button type="submit" color="red.9" disabled={!sure} loading={pending}>
            {t("submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
