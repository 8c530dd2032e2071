import { Alert, Button, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { NewPassword, newPasswordError } from "../../resources/account/new-password";
import { api } from "../../service/api";
import { EntranceCard } from "./entrance-card";

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
  const refused = newPasswordError(create.error);
  return (
    <EntranceCard heading={t("title")} hint={t("hint")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {create.isError && refused === undefined && (
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
          <NewPassword
            label={t("password")}
            name="password"
            value={entered.password}
            onChange={(password) => setEntered((before) => ({ ...before, password }))}
            error={refused}
            email={entered.email}
          />
          <Button type="submit" fullWidth loading={create.isPending}>
            {t("submit")}
          </Button>
        </Stack>
      </form>
    </EntranceCard>
  );
}
