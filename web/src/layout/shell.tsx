import { AppShell, Burger, Group, ScrollArea, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { PRODUCT } from "../common/document-title";
import { Failed, Loading } from "../common/states";
import { useEventFeed } from "../service/events";
import { meQuery } from "../service/me";
import { AccountMenu } from "./account-menu";
import { Navigation } from "./navigation";
import { OfflineBanner } from "./offline-banner";

/** The frame around every screen. */
export function Shell() {
  const t = useTranslations("shell");
  const [open, { toggle, close }] = useDisclosure(false);
  const me = useQuery(meQuery);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEventFeed();

  // A new screen gets the focus, so that screen readers and the keyboard start at its beginning.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what it waits for
  useEffect(() => {
    close();
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !open } }}
      padding="md"
    >
      <a href="#main" className="skip-link">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("menu")}
              aria-expanded={open}
            />
            <Link to="/" className="brand">
              <img src="/icon.svg" alt="" width={28} height={28} />
              <Text fw={700} component="span">
                {PRODUCT}
              </Text>
            </Link>
          </Group>
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("navigation")}>
        <AppShell.Section grow component={ScrollArea}>
          <Navigation />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main}>
        <OfflineBanner />
        {me.isPending && <Loading />}
        {me.isError && me.data === undefined && <Failed error={me.error} retry={() => void me.refetch()} />}
        {me.data !== undefined && <Outlet />}
      </AppShell.Main>
    </AppShell>
  );
}
