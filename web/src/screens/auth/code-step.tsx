import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { Pause, usePause } from "../../common/pause";
import { EntranceCard } from "./entrance-card";
import type { StepProps } from "./next-step";

/** Asks for the code of the second factor, or for a recovery code. */
export function CodeStep({ signIn, email, password, onBack }: StepProps) {
  const t = useTranslations("signIn.code");
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const wait = usePause(signIn.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    signIn.mutate({ email, password, totpCode: code.trim() });
  };
  // The refusal that led here asks for a code; it says nothing about one.
  const error = tried && !signIn.isPending ? signIn.error : null;
  return (
    <EntranceCard heading={t("title")} hint={t("hint", { email })} width={400}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {error !== null && (
            <Alert color="red" role="alert">
              {messageOf(error)}
            </Alert>
          )}
          <TextInput
            label={t("code")}
            description={t("codeHint")}
            name="totp_code"
            autoComplete="one-time-code"
            spellCheck={false}
            autoFocus
            required
            withAsterisk={false}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Pause seconds={wait} />
          <Button type="submit" fullWidth loading={signIn.isPending} disabled={wait > 0 || code.trim() === ""}>
            {t("submit")}
          </Button>
          <Text size="xs" c="dimmed">
            {t("lost")}
          </Text>
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
