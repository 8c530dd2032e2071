import { Alert, Button, Card, Center, Group, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { PRODUCT, useDocumentTitle } from "../../common/document-title";
import { messageOf } from "../../common/errors";
import { api, queryClient } from "../../service/api";
import { useSessionExpired } from "../../service/session";
import { LanguageChoice } from "./language-choice";

export function SignInScreen() {
  const t = useTranslations("signIn");
  const expired = useSessionExpired();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => {
      queryClient.clear();
      return api.authApi.login(email.trim(), password);
    },
  });
  useDocumentTitle(t("title"));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <Center component="main" mih="100dvh" p="md" className="sign-in">
      <Card withBorder padding="xl" radius="lg" w="100%" maw={400} shadow="sm">
        <form onSubmit={submit}>
          <Stack gap="md">
            <Group gap="sm">
              <img src="/icon.svg" alt="" width={36} height={36} />
              <div>
                <Title order={1} size="h3">
                  {PRODUCT}
                </Title>
                <Text size="sm" c="dimmed">
                  {t("subtitle")}
                </Text>
              </div>
            </Group>
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
            <Button type="submit" fullWidth loading={signIn.isPending}>
              {t("submit")}
            </Button>
            <LanguageChoice />
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
