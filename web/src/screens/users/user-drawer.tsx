import {
  Alert,
  Button,
  Divider,
  Drawer,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core";
import { ApiError, type Role, type User } from "@reparto/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { success } from "../../common/toast";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useMe } from "../../service/me";
import { ROLES } from "./users-search";

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
      {user !== null && <UserForm user={user === "new" ? null : user} onClose={onClose} />}
    </Drawer>
  );
}

function useSave<V>(action: (value: V) => Promise<unknown>, after?: () => void) {
  const t = useTranslations("users");
  const client = useQueryClient();
  return useMutation({
    mutationFn: action,
    onSuccess: () => {
      success(t("saved"));
      after?.();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: keys.users.all }),
  });
}

const fieldError = (error: unknown, name: string): string | undefined =>
  error instanceof ApiError ? error.field(name) : undefined;

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
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <Stack gap="md">
      <form onSubmit={submit}>
        <Stack gap="sm">
          {save.isError && (
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
              <PasswordField
                value={password}
                onChange={setPassword}
                error={fieldError(save.error, "password")}
                required
              />
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
      {user !== null && <Rights user={user} onClose={onClose} />}
    </Stack>
  );
}

function RoleSelect({
  value,
  onChange,
  disabled,
}: {
  value: Role;
  onChange: (role: Role) => void;
  disabled?: boolean;
}) {
  const t = useTranslations("users");
  const roles = useTranslations("role");
  const superuser = useMe()?.is_superuser === true;
  const offered = ROLES.filter((role) => role !== "superuser" || superuser || value === "superuser");
  return (
    <Select
      label={t("role")}
      allowDeselect={false}
      disabled={disabled}
      data={offered.map((one) => ({ value: one, label: roles(one) }))}
      value={value}
      onChange={(role) => role !== null && onChange(role)}
    />
  );
}

function PasswordField(props: {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  required?: boolean;
}) {
  const t = useTranslations("users");
  const { value, onChange, error, required } = props;
  return (
    <PasswordInput
      label={t("password")}
      description={t("passwordHint")}
      autoComplete="new-password"
      minLength={8}
      required={required}
      withAsterisk={false}
      error={error}
      visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Settings that are saved at once, each by its own request: role, status, password, removal. */
function Rights({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTranslations("users");
  const [role, setRole] = useState(user.role);
  const [active, setActive] = useState(user.is_active);
  const [password, setPassword] = useState("");
  const [sure, setSure] = useState(false);
  const saveRole = useSave((next: Role) => api.userApi.setRole(user.id, next).then((saved) => setRole(saved.role)));
  const saveActive = useSave((next: boolean) =>
    api.userApi.setActive(user.id, next).then((saved) => setActive(saved.is_active)),
  );
  const savePassword = useSave(
    () => api.userApi.setPassword(user.id, password),
    () => setPassword(""),
  );
  const remove = useSave(() => api.userApi.remove(user.id), onClose);
  const error = saveRole.error ?? saveActive.error ?? savePassword.error ?? remove.error;
  return (
    <Stack gap="sm">
      <Divider />
      {error !== null && (
        <Alert color="red" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      <RoleSelect value={role} onChange={(next) => saveRole.mutate(next)} disabled={saveRole.isPending} />
      <Switch
        label={t("active")}
        description={t("activeHint")}
        checked={active}
        disabled={saveActive.isPending}
        onChange={(event) => saveActive.mutate(event.currentTarget.checked)}
      />
      <Divider />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          savePassword.mutate(undefined);
        }}
      >
        <Stack gap="xs">
          <PasswordField value={password} onChange={setPassword} error={fieldError(savePassword.error, "password")} />
          <Group justify="flex-end">
            <Button type="submit" variant="default" disabled={password.length < 8} loading={savePassword.isPending}>
              {t("setPassword")}
            </Button>
          </Group>
        </Stack>
      </form>
      <Divider />
      <Group justify="flex-end">
        {sure ? (
          <>
            <Button variant="default" onClick={() => setSure(false)}>
              {t("cancel")}
            </Button>
            <Button color="red.9" onClick={() => remove.mutate(undefined)} loading={remove.isPending}>
              {t("removeSure")}
            </Button>
          </>
        ) : (
          <Button color="red" variant="default" onClick={() => setSure(true)}>
            {t("remove")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
