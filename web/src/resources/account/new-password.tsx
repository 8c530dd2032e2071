import { PasswordInput, Progress, Text } from "@mantine/core";
import { ApiError } from "@reparto/client";
import { useTranslations } from "use-intl";
import { PASSWORD_MAX, PASSWORD_MIN, type Strength, strengthOf } from "../../lib/password";

const LEVELS: Record<Strength, { value: number; color: string }> = {
  short: { value: 15, color: "red" },
  long: { value: 100, color: "red" },
  fair: { value: 45, color: "yellow" },
  good: { value: 75, color: "teal" },
  strong: { value: 100, color: "teal" },
};

interface Props {
  value: string;
  onChange: (value: string) => void;
  label: string;
  name?: string;
  error?: string | undefined;
  required?: boolean;
  autoFocus?: boolean;
  /** What follows from setting it. */
  note?: string;
}

/** A field for a new password that says how good it is while it is typed. */
export function NewPassword({ value, onChange, label, name, error, required = true, autoFocus, note }: Props) {
  const t = useTranslations("newPassword");
  const strength = strengthOf(value);
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
        error={error}
        visibilityToggleButtonProps={{ "aria-label": t("show") }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div aria-live="polite">
        {value !== "" && (
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
  if (error.code.startsWith("password_too_")) return error.message;
  return error.field("new_password") ?? error.field("password");
}

/** Whether the service refused the present password. */
export function isCurrentPasswordWrong(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "current_password_wrong";
}
