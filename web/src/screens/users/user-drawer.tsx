import { Alert, Button, Drawer, Group, NumberInput, Stack, TextInput } from "@mantine/core";
import type { Role, User } from "@reparto/client";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { NewPassword, newPasswordError } from "../../resources/account/new-password";
import { api } from "../../service/api";
import { RemovedUser } from "./removed-user";
import { Rights } from "./rights";
import { RoleSelect } from "./role-select";
import { fieldError, useSave } from "./save";

/** Creates a user, or edits one. */
export function UserDrawer({ user, onClose }: { user: User | "new" | null; onClose: () => void }) {
  const t = useTranslations("users");
  const title = user === null || user === "new" ? t("new") : user.full_name || user.email;
  return (
    <Drawer
      opened={user !== null}
      onClose={onClose}
      position="right"
      title={title}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {user === "new" && <UserForm user={null} onClose={onClose} />}
      {user !== null && user !== "new" && <Existing user={user} onClose={onClose} />}
    </Drawer>
  );
}

function Existing({ user, onClose }: { user: User; onClose: () => void }) {
  const [left, setLeft] = useState<number | null>(null);
  if (left !== null) return <RemovedUser user={user} openOpportunities={left} onClose={onClose} />;
  return (
    <Stack gap="md">
      <UserForm user={user} onClose={onClose} />
      <Rights user={user} onRemoved={setLeft} />
    </Stack>
  );
}

function UserForm({ user, onClose }: { user: User | null; onClose: () => void }) {
  const t = useTranslations("users");
  const [email, setEmail] = useState(user?.email ?? "");
  const [fullName, setFullName] = useState(user?.full_name ?? "");
  const [phone, setPhone] = useState(user?.phone_number ?? "");
  const [quota, setQuota] = useState<number | string>(user?.daily_lead_quota ?? 10);
  const [role, setRole] = useState<Role>(user?.role ?? "agent");
  const [password, setPassword] = useState("");
  const save = useSave(() => {
    const common = {
      email: email.trim(),
      full_name: fullName.trim(),
      phone_number: phone.trim(),
      ...(typeof quota === "number" ? { daily_lead_quota: quota } : {}),
    };
    return user === null
      ? api.userApi.create({ ...common, role, password, is_verified: true })
      : api.userApi.update(user.id, common);
  }, onClose);
  const refused = newPasswordError(save.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {save.isError && refused === undefined && (
          <Alert color="red" role="alert">
            {messageOf(save.error)}
          </Alert>
        )}
        <TextInput
          label={t("email")}
          type="email"
          required
          withAsterisk={false}
          value={email}
          error={fieldError(save.error, "email")}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <TextInput
          label={t("fullName")}
          value={fullName}
          error={fieldError(save.error, "full_name")}
          onChange={(event) => setFullName(event.currentTarget.value)}
        />
        <TextInput
          label={t("phone")}
          type="tel"
          value={phone}
          error={fieldError(save.error, "phone_number")}
          onChange={(event) => setPhone(event.currentTarget.value)}
        />
        <NumberInput
          label={t("quota")}
          description={t("quotaHint")}
          min={0}
          max={1000}
          allowDecimal={false}
          value={quota}
          error={fieldError(save.error, "daily_lead_quota")}
          onChange={setQuota}
        />
        {user === null && (
          <>
            <RoleSelect value={role} onChange={setRole} />
            <NewPassword label={t("password")} value={password} onChange={setPassword} error={refused} email={email} />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
