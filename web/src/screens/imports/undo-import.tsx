import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { Import } from "@reparto/client";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { keepImport } from "../../resources/imports/import";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

/** Undoes an import, after it has said what goes and what stays. */
export function UndoImport({ of: one }: { of: Import }) {
  const t = useTranslations("importReport");
  const client = useQueryClient();
  const refresh = useRefresh();
  const [asking, setAsking] = useState(false);
  const undo = useMutation({
    mutationFn: () => api.importApi.undo(one.id),
    onSuccess: (undone) => {
      setAsking(false);
      keepImport(client, undone);
    },
    onSettled: refresh,
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconArrowBackUp size={16} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        {t("undo")}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("undoTitle")}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <Stack gap="sm">
          {undo.isError && (
            <Alert color="red" role="alert">
              {messageOf(undo.error)}
            </Alert>
          )}
          <Text size="sm">{t("undoGoes", { count: one.created })}</Text>
          <Text size="sm">{t("undoStays")}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t("cancel")}
            </Button>
            <Button color="red" onClick={() => undo.mutate()} loading={undo.isPending}>
              {t("undoSubmit")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
