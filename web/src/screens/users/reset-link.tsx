import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import type { User } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { CopyButton } from "../../common/copy-button";
import { messageOf } from "../../common/errors";
import { Moment } from "../../common/time";
import { api } from "../../service/api";

/** Makes a one-time link with which the user sets a password that nobody else knows. */
export function ResetLink({ user }: { user: User }) {
  const t = useTranslations("users.reset");
  const make = useMutation({ mutationFn: () => api.userApi.resetLink(user.id) });
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t("hint")}
      </Text>
      {make.isError && (
        <Alert color="red" role="alert">
          {messageOf(make.error)}
        </Alert>
      )}
      {make.isSuccess && (
        <Stack gap="xs" role="status">
          <Code block className="secret" aria-label={t("link")}>
            {make.data.reset_url}
          </Code>
          <Text size="sm">{t.rich("until", { at: () => <Moment at={make.data.expires_at} /> })}</Text>
        </Stack>
      )}
      <Group justify="flex-end">
        {make.isSuccess && <CopyButton text={make.data.reset_url} label={t("copy")} copied={t("copied")} />}
        <Button variant="default" onClick={() => make.mutate()} loading={make.isPending}>
          {make.isSuccess ? t("another") : t("make")}
        </Button>
      </Group>
    </Stack>
  );
}
