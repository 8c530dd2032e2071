import { Alert, Button, Divider, Group, MultiSelect, Stack, Switch, TextInput } from "@mantine/core";
import { ApiError, type EventType, type Webhook } from "@reparto/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { success } from "../../common/toast";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { EVENT_TYPES, useEventName } from "./event-types";

interface Props {
  webhook: Webhook | null;
  /** Called with the secret of a new webhook. */
  onCreated: (secret: string) => void;
  onClose: () => void;
}

export function WebhookForm({ webhook, onCreated, onClose }: Props) {
  const t = useTranslations("webhooks");
  const eventName = useEventName();
  const client = useQueryClient();
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [events, setEvents] = useState<EventType[]>(webhook?.events ?? []);
  const [active, setActive] = useState(webhook?.is_active ?? true);
  const refresh = (): void => void client.invalidateQueries({ queryKey: keys.webhooks.all });
  const save = useMutation({
    mutationFn: () => {
      const common = { url: url.trim(), events };
      return webhook === null
        ? api.webhookApi.create(common)
        : api.webhookApi.update(webhook.id, { ...common, is_active: active });
    },
    onSuccess: ({ secret }) => {
      if (secret !== undefined) onCreated(secret);
      else {
        success(t("saved"));
        onClose();
      }
    },
    onSettled: refresh,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Stack gap="md">
      <form onSubmit={submit}>
        <Stack gap="sm">
          {save.isError && (
            <Alert color="red" role="alert">
              {messageOf(save.error)}
            </Alert>
          )}
          <TextInput
            label={t("url")}
            description={t("urlHint")}
            type="url"
            required
            withAsterisk={false}
            data-autofocus
            value={url}
            error={save.error instanceof ApiError ? save.error.field("url") : undefined}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <MultiSelect
            label={t("events")}
            description={t("eventsHint")}
            data={EVENT_TYPES.map((value) => ({ value, label: eventName(value) }))}
            value={events}
            onChange={(next) => setEvents(EVENT_TYPES.filter((event) => next.includes(event)))}
            clearable
            clearButtonProps={{ "aria-label": t("clear") }}
            comboboxProps={{ shadow: "md" }}
          />
          {webhook !== null && (
            <Switch
              label={t("active")}
              description={t("activeHint")}
              checked={active}
              onChange={(event) => setActive(event.currentTarget.checked)}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
      {webhook !== null && <Removal webhook={webhook} onRemoved={onClose} />}
    </Stack>
  );
}

/** Deletes a webhook with its deliveries, after asking again. */
function Removal({ webhook, onRemoved }: { webhook: Webhook; onRemoved: () => void }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const remove = useMutation({
    mutationFn: () => api.webhookApi.remove(webhook.id),
    onSuccess: () => {
      success(t("removed"));
      onRemoved();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: keys.webhooks.all }),
  });
  return (
    <>
      <Divider />
      {remove.isError && (
        <Alert color="red" role="alert">
          {messageOf(remove.error)}
        </Alert>
      )}
      <Button
        color="red"
        variant={sure ? "filled" : "default"}
        onClick={() => (sure ? remove.mutate() : setSure(true))}
        loading={remove.isPending}
      >
        {sure ? t("removeSure") : t("remove")}
      </Button>
    </>
  );
}
