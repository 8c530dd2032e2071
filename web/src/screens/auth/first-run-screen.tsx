import { Alert, Button, Card, Center, Group, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { useDocumentTitle } from "../../common/document-title";
import { messageOf } from "../../common/errors";
import { api } from "../../service/api";
import { LanguageChoice } from "./language-choice";

const EMPTY = { token: "", full_name: "", email: "", password: "" };

/** Creates the first administrator of an empty database, and signs them in. */
export function FirstRunScreen() {
  const t = useTranslations("firstRun");
  const [entered, setEntered] = useState(EMPTY);
  const create = useMutation({
    mutationFn: async () => {
      const email = entered.email.trim();
      await api.authApi.createFirstAdministrator({ ...entered, email });
      await api.authApi.login(email, entered.password);
    },
  });
  useDocumentTitle(t("title"));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  const field = (name: keyof typeof EMPTY) => ({
    name,
    required: true,
    withAsterisk: false,
    value: entered[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: HTMLInputElement }) =>
      setEntered((before) => ({ ...before, [name]: value })),
  });
  return (
    <Center component="main" mih="100dvh" p="md" className="sign-in">
      <Card withBorder padding="xl" radius="lg" w="100%" maw={440} shadow="sm">
        <form onSubmit={submit}>
          <Stack gap="md">
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <img src="/icon.svg" alt="" width={36} height={36} />
              <div>
                <Title order={1} size="h3">
                  {t("title")}
                </Title>
                <Text size="sm" c="dimmed">
                  {t("hint")}
                </Text>
              </div>
            </Group>
            {create.isError && (
              <Alert color="red" role="alert">
                {messageOf(create.error)}
              </Alert>
            )}
            <TextInput
              label={t("token")}
              description={t("tokenHint")}
              autoComplete="off"
              spellCheck={false}
              autoFocus
              {...field("token")}
            />
            <TextInput label={t("name")} autoComplete="name" {...field("full_name")} />
            <TextInput label={t("email")} type="email" autoComplete="username" {...field("email")} />
            <PasswordInput
              label={t("password")}
              description={t("passwordHint")}
              autoComplete="new-password"
              minLength={8}
              maxLength={72}
              visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
              {...field("password")}
            />
            <Button type="submit" fullWidth loading={create.isPending}>
              {t("submit")}
            </Button>
            <LanguageChoice />
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
