import { Button, type MantineColorScheme, Menu, Text, useMantineColorScheme } from "@mantine/core";
import { IconChevronDown, IconDevices, IconLogout, IconUserCog } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { messageOf } from "../common/errors";
import { failure } from "../common/toast";
import { LANGUAGE_NAMES, LOCALES, type Locale, setLocale, useLocale } from "../i18n/locale";
import { api } from "../service/api";
import { useMe } from "../service/me";

const SCHEMES = ["auto", "light", "dark"] as const;

/** The signed-in user's menu: language, appearance, signing out. */
export function AccountMenu() {
  const t = useTranslations("account");
  const me = useMe();
  const locale = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const everywhere = useMutation({
    mutationFn: () => api.authApi.logoutEverywhere(),
    onError: (error) => failure(messageOf(error)),
  });
  // The tokens are deleted even if the service cannot be reached.
  const leave = (): void => void api.authApi.logout().catch(() => undefined);
  const name = me?.full_name || me?.email || "…";
  return (
    <Menu position="bottom-end" width={240} withinPortal>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="account"
          rightSection={<IconChevronDown size={16} aria-hidden />}
        >
          <span className="account-name">{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={name}>
        <Text size="xs" c="dimmed" px="sm" py={4}>
          {me?.email}
        </Text>
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCog size={16} aria-hidden />}>
          {t("own")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("language")}</Menu.Label>
        <Menu.RadioGroup value={locale} onChange={(next) => setLocale(next as Locale)}>
          {LOCALES.map((one) => (
            <Menu.RadioItem key={one} value={one} lang={one} closeMenuOnClick>
              {LANGUAGE_NAMES[one]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("appearance")}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(next) => setColorScheme(next as MantineColorScheme)}>
          {SCHEMES.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {t(scheme)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          {t("signOut")}
        </Menu.Item>
        <Menu.Item leftSection={<IconDevices size={16} aria-hidden />} onClick={() => everywhere.mutate()}>
          {t("signOutEverywhere")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
