import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import type { User } from "@reparto/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { EraseForm } from "../../resources/erase-form";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

interface Props {
  user: User;
  /** How many open opportunities are still the user's. */
  openOpportunities: number;
  onClose: () => void;
}

/** What is left of a removed user, and a way to erase who it was. */
export function RemovedUser({ user, openOpportunities, onClose }: Props) {
  const t = useTranslations("users.removed");
  const client = useQueryClient();
  const [erasing, setErasing] = useState(false);
  const erase = useMutation({
    mutationFn: (reason: string) => api.userApi.erase(user.id, reason),
    onSuccess: () => setErasing(false),
    onSettled: () => void client.invalidateQueries({ queryKey: keys.users.all }),
  });
  return (
    <Stack gap="md">
      <Alert color="teal" role="status">
        {erase.isSuccess ? t("erased") : t("done", { count: openOpportunities })}
      </Alert>
      {erase.isError && (
        <Alert color="red" role="alert">
          {messageOf(erase.error)}
        </Alert>
      )}
      {erasing ? (
        <EraseForm
          name={user.full_name || user.email}
          goes={t("goes")}
          stays={t("stays")}
          pending={erase.isPending}
          onCancel={() => setErasing(false)}
          onErase={(reason) => erase.mutate(reason)}
        />
      ) : (
        <>
          {!erase.isSuccess && <Text size="sm">{t("hint")}</Text>}
          <Group justify="flex-end">
            {!erase.isSuccess && (
              <Button color="red" variant="default" onClick={() => setErasing(true)}>
                {t("erase")}
              </Button>
            )}
            <Button onClick={onClose}>{t("close")}</Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
