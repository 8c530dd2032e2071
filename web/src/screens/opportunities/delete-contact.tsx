import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { Contact } from "@reparto/client";
import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { success } from "../../common/toast";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

/** Deletes a contact together with its opportunity, after a question. */
export function DeleteContact({ contact }: { contact: Contact }) {
  const t = useTranslations("opportunity.contact");
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: () => api.contactApi.remove(contact.id, { withOpportunity: true }),
    onSuccess: async () => {
      success(t("deleted", { name: contact.name }));
      await navigate({ to: "/opportunities" });
      refresh();
    },
  });
  const close = (): void => {
    setAsking(false);
    remove.reset();
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        color="red"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {t("delete")}
      </Button>
      <Modal opened={asking} onClose={close} title={t("deleteTitle")} closeButtonProps={{ "aria-label": t("close") }}>
        <Stack gap="sm">
          {remove.isError && (
            <Alert color="red" role="alert">
              {messageOf(remove.error)}
            </Alert>
          )}
          <Text size="sm">{t("deleteHint", { name: contact.name })}</Text>
          <Text size="sm" c="dimmed">
            {t("deleteIsNoErasure")}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("cancel")}
            </Button>
            <Button color="red.9" onClick={() => remove.mutate()} loading={remove.isPending}>
              {t("deleteSure")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
