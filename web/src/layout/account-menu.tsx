import { Button, type MantineColorScheme, Menu, Text, useMantineColorScheme } from "@mantine/core";
import { IconChevronDown, IconDevices, IconLogout } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { api, messageOf } from "../app/api";
import { useMe } from "../app/me";
import { failure } from "../common/toast";
import { type Locale, setLocale, useLocale } from "../i18n/locale";

const SCHEMES = ["auto", "light", "dark"] as const;

/** Who is signed in; language, appearance, and signing out. */
export function AccountMenu() {
  const t = useTranslations("account");
  const me = useMe();
  const locale = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const everywhere = useMutation({
    mutationFn: () => api.authApi.logoutEverywhere(),
    onError: (error) => failure(messageOf(error)),
  });
  // The tokens are forgotten in any case; that the service could not be told harms nobody here.
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
        <Menu.Divider />
        <Menu.Label>{t("language")}</Menu.Label>
        <Menu.RadioGroup value={locale} onChange={(next) => setLocale(next as Locale)}>
          <Menu.RadioItem value="es" lang="es" closeMenuOnClick>
            Español
          </Menu.RadioItem>
          <Menu.RadioItem value="en" lang="en" closeMenuOnClick>
            English
          </Menu.RadioItem>
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
