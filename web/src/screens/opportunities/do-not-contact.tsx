import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import type { Contact, ContactChange } from "@reparto/client";
import { IconPhoneOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { Moment } from "../../common/time";
import { failure, success } from "../../common/toast";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

/** Changes the contact, and refreshes everything that shows it. */
export function useChangeContact(id: string, after: () => void) {
  const t = useTranslations("privacy");
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (change: ContactChange) => api.contactApi.update(id, change),
    onSuccess: () => {
      success(t("saved"));
      after();
    },
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
}

/** Whether the person may be contacted, with a way to change it for those who may. */
export function DoNotContact({ contact, canEdit }: { contact: Contact; canEdit: boolean }) {
  const t = useTranslations("privacy");
  const [asking, setAsking] = useState(false);
  const change = useChangeContact(contact.id, () => setAsking(false));
  const wish = contact.do_not_contact;
  if (wish) {
    return (
      <Alert color="red" icon={<IconPhoneOff aria-hidden />} title={t("doNotContact")}>
        <Stack gap="xs">
          <Text size="sm">{t.rich("since", { at: () => <Moment at={wish.since} /> })}</Text>
          <Text size="sm" className="multiline">
            {wish.reason ?? t("noReason")}
          </Text>
          {canEdit &&
            (asking ? (
              <>
                <Text size="sm">{t("removeHint")}</Text>
                <Group gap="xs">
                  <Button size="xs" variant="default" onClick={() => setAsking(false)}>
                    {t("cancel")}
                  </Button>
                  <Button
                    size="xs"
                    color="red.9"
                    onClick={() => change.mutate({ do_not_contact: null })}
                    loading={change.isPending}
                  >
                    {t("removeSure")}
                  </Button>
                </Group>
              </>
            ) : (
              <Group>
                <Button size="xs" variant="default" onClick={() => setAsking(true)}>
                  {t("remove")}
                </Button>
              </Group>
            ))}
        </Stack>
      </Alert>
    );
  }
  if (!canEdit) return null;
  if (asking) {
    return (
      <SetForm
        onCancel={() => setAsking(false)}
        onSet={(reason) => change.mutate({ do_not_contact: reason === "" ? {} : { reason } })}
        pending={change.isPending}
      />
    );
  }
  return (
    <Group>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPhoneOff size={16} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {t("set")}
      </Button>
    </Group>
  );
}

function SetForm(props: { onCancel: () => void; onSet: (reason: string) => void; pending: boolean }) {
  const t = useTranslations("privacy");
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    props.onSet(reason.trim());
  };
  return (
    <form onSubmit={submit} aria-label={t("set")}>
      <Stack gap="xs">
        <Text size="sm">{t("setHint")}</Text>
        <TextInput
          label={t("reason")}
          description={t("reasonHint")}
          maxLength={500}
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={props.onCancel}>
            {t("cancel")}
          </Button>
          <Button size="xs" type="submit" loading={props.pending}>
            {t("setSure")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
