import { NavLink } from "@mantine/core";
import {
  IconArrowsShuffle,
  IconFileImport,
  IconHistory,
  IconListDetails,
  IconShieldSearch,
  IconSubtask,
  IconTargetArrow,
  IconUsers,
  IconUsersGroup,
  IconWebhook,
} from "@tabler/icons-react";
import { Link, type LinkProps, useMatchRoute } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { isAdministrator, isStaff, useMe } from "../service/me";

const STAFF = [
  { to: "/opportunities", key: "opportunities", icon: IconListDetails },
  { to: "/mine", key: "mine", icon: IconTargetArrow },
] as const;

const ADMINISTRATORS = [
  { to: "/deal", key: "deal", icon: IconArrowsShuffle },
  { to: "/agents", key: "agents", icon: IconUsersGroup },
  { to: "/operations", key: "operations", icon: IconHistory },
  { to: "/jobs", key: "jobs", icon: IconSubtask },
  { to: "/import", key: "imports", icon: IconFileImport },
  { to: "/users", key: "users", icon: IconUsers },
  { to: "/webhooks", key: "webhooks", icon: IconWebhook },
  { to: "/audit", key: "audit", icon: IconShieldSearch },
] as const;

/** Links to the screens that the user's role may open. */
export function Navigation() {
  const t = useTranslations("nav");
  const role = useMe()?.role;
  const matches = useMatchRoute();
  const screens = [...(isStaff(role) ? STAFF : []), ...(isAdministrator(role) ? ADMINISTRATORS : [])];
  return screens.map(({ to, key, icon: Icon }) => {
    const active = Boolean(matches({ to: to as LinkProps["to"], fuzzy: true }));
    return (
      <NavLink
        key={to}
        component={Link}
        to={to}
        label={t(key)}
        leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
        active={active}
        aria-current={active ? "page" : undefined}
        className="nav-link"
      />
    );
  });
}
