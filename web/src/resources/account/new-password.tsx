import { PasswordInput, Progress, Text } from "@mantine/core";
import { ApiError } from "@reparto/client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { commonPasswords, PASSWORD_MAX, PASSWORD_MIN, type Strength, strengthOf } from "../../lib/password";

const LEVELS: Record<Strength, { value: number; color: string }> = {
  short: { value: 15, color: "red" },
  long: { value: 100, color: "red" },
  common: { value: 15, color: "red" },
  address: { value: 15, color: "red" },
  unchanged: { value: 15, color: "red" },
  fair: { value: 45, color: "yellow" },
  good: { value: 75, color: "teal" },
  strong: { value: 100, color: "teal" },
};

interface Props {
  value: string;
  onChange: (value: string) => void;
  label: string;
  name?: string;
  /** Why the service refused what was sent. */
  error?: string | undefined;
  /** The account's address, and its present password where it is known: neither is a new password. */
  email?: string | undefined;
  current?: string | undefined;
  required?: boolean;
  autoFocus?: boolean;
  /** What follows from setting it. */
  note?: string;
}

/** The commonest passwords, once something is typed and they are loaded. */
function useCommon(needed: boolean): ReadonlySet<string> | undefined {
  const [common, setCommon] = useState<ReadonlySet<string>>();
  useEffect(() => {
    let shown = true;
    // Without the list, the service still refuses what is in it.
    if (needed)
      void commonPasswords().then(
        (list) => shown && setCommon(list),
        () => undefined,
      );
    return () => {
      shown = false;
    };
  }, [needed]);
  return common;
}

/** A field for a new password that says how good it is while it is typed. */
export function NewPassword(props: Props) {
  const { value, onChange, label, name, error, email, current, required = true, autoFocus, note } = props;
  const t = useTranslations("newPassword");
  const strength = strengthOf(value, { email, current, common: useCommon(value !== "") });
  // What was refused stays refused, however good it looks; what is typed instead is another one.
  const [refused, setRefused] = useState({ error, value });
  if (error !== refused.error) setRefused({ error, value });
  const isRefused = error !== undefined && value === refused.value;
  return (
    <div>
      <PasswordInput
        label={label}
        description={[t("hint", { min: PASSWORD_MIN, max: PASSWORD_MAX }), note].filter(Boolean).join(" ")}
        name={name}
        autoComplete="new-password"
        required={required}
        withAsterisk={false}
        autoFocus={autoFocus}
        error={isRefused && error}
        visibilityToggleButtonProps={{ "aria-label": t("show") }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div aria-live="polite">
        {value !== "" && !isRefused && (
          <>
            <Progress mt={6} size="sm" aria-label={t("strength")} {...LEVELS[strength]} />
            <Text size="xs" c="dimmed" mt={2}>
              {t(strength, { min: PASSWORD_MIN, max: PASSWORD_MAX })}
            </Text>
          </>
        )}
      </div>
    </div>
  );
}

/** What the service says about the new password, if it refused it. */
export function newPasswordError(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  // The error's own words are a whole sentence; those of the field follow its name.
  if (error.code === "password_too_common" || error.code === "password_unchanged") return error.message;
  return error.field("new_password") ?? error.field("password");
}

/** Whether the service refused the present password. */
export function isCurrentPasswordWrong(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "current_password_wrong";
}
