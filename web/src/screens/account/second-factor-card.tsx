import { Alert, Button, Card, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { Failed, Loading } from "../../common/states";
import { success } from "../../common/toast";
import { isCurrentPasswordWrong } from "../../resources/account/new-password";
import { RecoveryCodes } from "../../resources/account/recovery-codes";
import { TotpSetup } from "../../resources/account/totp-setup";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** Sets the second factor up, and turns it off. */
export function SecondFactorCard() {
  const t = useTranslations("ownAccount.totp");
  const state = useQuery({ queryKey: keys.totp, queryFn: ({ signal }) => api.userApi.totp({ signal }) });
  const on = state.data?.enabled === true;
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[] | null>(null);
  const start = useMutation({ mutationFn: () => api.userApi.startTotp() });
  const [turningOff, setTurningOff] = useState(false);
  const refreshState = (): void => void client.invalidateQueries({ queryKey: keys.totp });
  const cancel = (
    <Button variant="default" onClick={() => start.reset()}>
      {t("cancel")}
    </Button>
  );
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t("title")}
          </Title>
          {state.isSuccess && <Tag tone={on ? "green" : "grey"}>{on ? t("on") : t("off")}</Tag>}
        </Group>
        {codes !== null ? (
          <RecoveryCodes codes={codes} onKept={() => setCodes(null)} />
        ) : start.isSuccess ? (
          <TotpSetup
            client={api}
            setup={start.data}
            cancel={cancel}
            onConfirmed={(fresh) => {
              setCodes(fresh);
              start.reset();
              refreshState();
            }}
          />
        ) : turningOff ? (
          <TurnOff
            onCancel={() => setTurningOff(false)}
            onDone={() => {
              setTurningOff(false);
              success(t("turnedOff"));
              refreshState();
              // Where a second factor is required, a new one has to be set up now.
              void client.invalidateQueries({ queryKey: keys.me });
            }}
          />
        ) : (
          <>
            {state.isPending && <Loading />}
            {state.isError && <Failed error={state.error} retry={() => void state.refetch()} />}
            <Text size="sm" c="dimmed">
              {on ? t("hintOn") : t("hintOff")}
            </Text>
            {state.data?.enabled && <Text size="sm">{t("codesLeft", { count: state.data.recovery_codes_left })}</Text>}
            {state.data?.required && <Text size="sm">{t("required")}</Text>}
            {start.isError && (
              <Alert color="red" role="alert">
                {messageOf(start.error)}
              </Alert>
            )}
            <Group justify="flex-end">
              {!state.isSuccess ? null : on ? (
                <Button variant="default" onClick={() => setTurningOff(true)}>
                  {t("turnOff")}
                </Button>
              ) : (
                <Button onClick={() => start.mutate()} loading={start.isPending}>
                  {t("setUp")}
                </Button>
              )}
            </Group>
          </>
        )}
      </Stack>
    </Card>
  );
}

/** Asks for the password, so that an unattended screen is not enough. */
function TurnOff({ onCancel, onDone }: { onCancel: () => void; onDone: () => void }) {
  const t = useTranslations("ownAccount.totp");
  const [password, setPassword] = useState("");
  const remove = useMutation({ mutationFn: () => api.userApi.removeTotp(password), onSuccess: onDone });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    remove.mutate();
  };
  const wrong = isCurrentPasswordWrong(remove.error);
  return (
    <form onSubmit={submit} aria-label={t("turnOff")}>
      <Stack gap="sm">
        <Text size="sm">{t("turnOffHint")}</Text>
        {remove.isError && !wrong && (
          <Alert color="red" role="alert">
            {messageOf(remove.error)}
          </Alert>
        )}
        <PasswordInput
          label={t("password")}
          name="current_password_totp"
          autoComplete="current-password"
          required
          withAsterisk={false}
          autoFocus
          error={wrong ? messageOf(remove.error) : undefined}
          visibilityToggleButtonProps={{ "aria-label": t("show") }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t("cancel")}
          </Button>
          <Button type="submit" color="red.9" disabled={password === ""} loading={remove.isPending}>
            {t("turnOffSure")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
