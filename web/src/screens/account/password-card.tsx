import { Alert, Button, Card, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { success } from "../../common/toast";
import { isLongEnough } from "../../lib/password";
import { isCurrentPasswordWrong, NewPassword, newPasswordError } from "../../resources/account/new-password";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useMe } from "../../service/me";

export function PasswordCard() {
  const t = useTranslations("ownAccount.password");
  const me = useMe();
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api.userApi.changePassword(current, next),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      success(t("changed"));
      void client.invalidateQueries({ queryKey: keys.sessions });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const wrong = isCurrentPasswordWrong(change.error) ? messageOf(change.error) : undefined;
  const refused = newPasswordError(change.error);
  return (
    <Card withBorder>
      <form onSubmit={submit} aria-label={t("title")}>
        <Stack gap="sm">
          <Title order={2} size="h4">
            {t("title")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("hint")}
          </Text>
          {change.isError && wrong === undefined && refused === undefined && (
            <Alert color="red" role="alert">
              {messageOf(change.error)}
            </Alert>
          )}
          {/* So that a password manager knows whose password it is. */}
          <input type="email" name="email" autoComplete="username" value={me?.email ?? ""} readOnly hidden />
          <PasswordInput
            label={t("current")}
            name="current_password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            error={wrong}
            visibilityToggleButtonProps={{ "aria-label": t("show") }}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <NewPassword
            label={t("new")}
            name="new_password"
            value={next}
            onChange={setNext}
            error={refused}
            email={me?.email}
            current={current || undefined}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={current === "" || !isLongEnough(next)} loading={change.isPending}>
              {t("submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
