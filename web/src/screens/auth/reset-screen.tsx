import { Alert, Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { Pause, usePause } from "../../common/pause";
import { isLongEnough } from "../../lib/password";
import { NewPassword, newPasswordError } from "../../resources/account/new-password";
import { api } from "../../service/api";
import { EntranceCard } from "./entrance-card";

/** The token of the link, which stands behind `#`, so that no server and no log has seen it. */
function tokenOfAddress(): string | null {
  const { hash, search } = window.location;
  return new URLSearchParams(hash.slice(1)).get("token") ?? new URLSearchParams(search).get("token");
}

/** Sets a new password by a one-time link. */
export function ResetScreen() {
  const t = useTranslations("reset");
  const [token, setToken] = useState(tokenOfAddress);
  const [next, setNext] = useState("");
  useEffect(() => {
    const read = (): void => {
      const found = tokenOfAddress();
      if (found === null) return;
      setToken(found);
      // Neither the history nor a look at the screen gives it away.
      window.history.replaceState(null, "", window.location.pathname);
    };
    read();
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);
  const reset = useMutation({ mutationFn: (secret: string) => api.authApi.resetPassword(secret, next) });
  const wait = usePause(reset.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token !== null) reset.mutate(token);
  };
  const refused = newPasswordError(reset.error);
  const toSignIn = (
    <Button component="a" href="/" fullWidth variant={reset.isSuccess ? "filled" : "default"}>
      {t("signIn")}
    </Button>
  );
  if (reset.isSuccess) {
    return (
      <EntranceCard heading={t("doneTitle")} hint={t("done")}>
        {toSignIn}
      </EntranceCard>
    );
  }
  if (token === null) {
    return (
      <EntranceCard heading={t("title")} hint={t("noToken")}>
        {toSignIn}
      </EntranceCard>
    );
  }
  return (
    <EntranceCard heading={t("title")} hint={t("hint")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {reset.isError && refused === undefined && (
            <Alert color="red" role="alert">
              <Text size="sm">{messageOf(reset.error)}</Text>
            </Alert>
          )}
          <NewPassword label={t("new")} name="new_password" value={next} onChange={setNext} error={refused} autoFocus />
          <Pause seconds={wait} />
          <Button type="submit" fullWidth disabled={wait > 0 || !isLongEnough(next)} loading={reset.isPending}>
            {t("submit")}
          </Button>
        </Stack>
      </form>
    </EntranceCard>
  );
}
