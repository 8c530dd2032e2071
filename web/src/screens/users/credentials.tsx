import { Alert, Button, Divider, Group, Stack, Text } from "@mantine/core";
import type { User } from "@reparto/client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { isLongEnough } from "../../lib/password";
import { NewPassword, newPasswordError } from "../../resources/account/new-password";
import { api } from "../../service/api";
import { ResetLink } from "./reset-link";
import { useSave } from "./save";

/** How another user signs in: by a link, with a password that must be changed, without the second factor. */
export function Credentials({ user }: { user: User }) {
  const t = useTranslations("users");
  const [password, setPassword] = useState("");
  const [sure, setSure] = useState(false);
  const savePassword = useSave(
    () => api.userApi.setPassword(user.id, password),
    () => setPassword(""),
  );
  const removeTotp = useSave(
    () => api.userApi.removeTotpOf(user.id),
    () => setSure(false),
  );
  const refused = newPasswordError(savePassword.error);
  const error = refused === undefined ? (savePassword.error ?? removeTotp.error) : removeTotp.error;
  return (
    <Stack gap="sm">
      <ResetLink user={user} />
      <Divider />
      {error !== null && (
        <Alert color="red" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          savePassword.mutate();
        }}
      >
        <Stack gap="xs">
          <NewPassword
            label={t("password")}
            value={password}
            onChange={setPassword}
            error={refused}
            email={user.email}
            required={false}
            note={t("mustChange")}
          />
          <Group justify="flex-end">
            <Button type="submit" variant="default" disabled={!isLongEnough(password)} loading={savePassword.isPending}>
              {t("setPassword")}
            </Button>
          </Group>
        </Stack>
      </form>
      <Divider />
      {sure ? (
        <Stack gap="xs">
          <Text size="sm">{t("removeTotpHint")}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setSure(false)}>
              {t("cancel")}
            </Button>
            <Button color="red.9" onClick={() => removeTotp.mutate()} loading={removeTotp.isPending}>
              {t("removeTotpSure")}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setSure(true)}>
            {t("removeTotp")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
