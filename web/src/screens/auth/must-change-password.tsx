import { Alert, Button, Group, Stack } from "@mantine/core";
import { createClient, memoryTokens } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { preferredLocale } from "../../i18n/locale";
import { isLongEnough } from "../../lib/password";
import { NewPassword, newPasswordError } from "../../resources/account/new-password";
import { tokens } from "../../service/api";
import { session as stored } from "../../service/session";
import { EntranceCard } from "./entrance-card";
import type { StepProps } from "./next-step";

/** A client for a token that is good for one thing. It is not kept: a reload starts over. */
const limitedClient = (token: string) =>
  createClient({
    refreshCookie: true,
    tokens: memoryTokens({ access_token: token }),
    language: () => preferredLocale(),
  });

/** Asks for a new password: somebody else knows the present one. */
export function MustChangePassword({ token, email, password, onBack }: StepProps & { token: string }) {
  const t = useTranslations("mustChange");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => limitedClient(token).userApi.changePassword(password, next),
    onSuccess: (pair) => {
      tokens.set(pair);
      stored.changed();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const refused = newPasswordError(change.error);
  return (
    <EntranceCard heading={t("title")} hint={t("hint")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {change.isError && refused === undefined && (
            <Alert color="red" role="alert">
              {messageOf(change.error)}
            </Alert>
          )}
          <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
          <NewPassword
            label={t("new")}
            name="new_password"
            value={next}
            onChange={setNext}
            error={refused}
            email={email}
            current={password}
            autoFocus
          />
          <Button type="submit" fullWidth disabled={!isLongEnough(next)} loading={change.isPending}>
            {t("submit")}
          </Button>
          <Group justify="center">
            <Button variant="subtle" size="xs" onClick={() => onBack()}>
              {t("back")}
            </Button>
          </Group>
        </Stack>
      </form>
    </EntranceCard>
  );
}
