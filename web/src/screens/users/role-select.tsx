import { Select } from "@mantine/core";
import type { Role } from "@reparto/client";
import { useTranslations } from "use-intl";
import { useMe } from "../../service/me";
import { ROLES } from "./users-search";

interface Props {
  value: Role;
  onChange: (role: Role) => void;
  disabled?: boolean;
}

/** The roles; only a superuser may appoint one. */
export function RoleSelect({ value, onChange, disabled }: Props) {
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
