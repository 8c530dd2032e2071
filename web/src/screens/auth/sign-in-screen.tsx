import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { ApiError, mustChangePassword } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { useTranslations } from "use-intl";
import { PRODUCT } from "../../common/document-title";
import { messageOf } from "../../common/errors";
import { Pause, usePause } from "../../common/pause";
import { api, queryClient } from "../../service/api";
import { useSessionExpired } from "../../service/session";
import { EntranceCard } from "./entrance-card";
import type { SignIn, Step } from "./sign-in";

const NextStep = lazy(() => import("./next-step").then((part) => ({ default: part.NextStep })));

/** Signs in, with whatever the service asks for besides the password. */
export function SignInScreen() {
  const t = useTranslations("signIn");
  const expired = useSessionExpired();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<Step | null>(null);
  const signIn = useMutation<void, Error, SignIn>({
    mutationFn: async ({ email, password, totpCode }) => {
      queryClient.clear();
      const answer = await api.authApi.login(email, password, totpCode === undefined ? {} : { totpCode });
      if (mustChangePassword(answer)) setStep({ kind: "password", token: answer.access_token });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.code === "totp_required") setStep({ kind: "code" });
    },
  });
  const wait = usePause(signIn.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate({ email: email.trim(), password });
  };
  if (step !== null) {
    return (
      <Suspense>
        <NextStep
          step={step}
          signIn={signIn}
          email={email.trim()}
          password={password}
          onBack={() => {
            signIn.reset();
            setStep(null);
            setPassword("");
          }}
        />
      </Suspense>
    );
  }
  return (
    <EntranceCard heading={PRODUCT} title={t("title")} hint={t("subtitle")} width={400}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {expired && !signIn.isError && <Alert color="yellow">{t("expired")}</Alert>}
          {signIn.isError && (
            <Alert color="red" role="alert">
              {messageOf(signIn.error)}
            </Alert>
          )}
          <TextInput
            label={t("email")}
            type="email"
            name="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("password")}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Pause seconds={wait} />
          <Button type="submit" fullWidth loading={signIn.isPending} disabled={wait > 0}>
            {t("submit")}
          </Button>
        </Stack>
      </form>
    </EntranceCard>
  );
}
