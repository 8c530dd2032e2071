import { Alert, Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconInbox, IconLock } from "@tabler/icons-react";
import { Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "./errors";

/** Says that there is nothing to show, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <IconInbox size={36} stroke={1.4} aria-hidden />
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text c="dimmed" size="sm" maw={420}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** Says what went wrong, in the service's own words, with a way to try again. */
export function Failed({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const t = useTranslations("states");
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={t("failed")} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{messageOf(error)}</Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {t("retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function Loading() {
  const t = useTranslations("states");
  return (
    <Center py="xl" role="status">
      <Loader size="sm" aria-hidden />
      <Text ml="sm" c="dimmed" size="sm">
        {t("loading")}
      </Text>
    </Center>
  );
}

export function Forbidden() {
  const t = useTranslations("states");
  return (
    <Stack align="center" gap="xs" py={64} ta="center">
      <IconLock size={36} stroke={1.4} aria-hidden />
      <Title order={1} size="h3">
        {t("forbidden")}
      </Title>
      <Text c="dimmed" maw={420}>
        {t("forbiddenHint")}
      </Text>
      <Button component={Link} to="/" variant="default">
        {t("home")}
      </Button>
    </Stack>
  );
}

export function NotFound() {
  const t = useTranslations("states");
  return (
    <Empty
      title={t("notFound")}
      action={
        <Button component={Link} to="/" variant="default" mt="sm">
          {t("home")}
        </Button>
      }
    >
      {t("notFoundHint")}
    </Empty>
  );
}

/** Shown in place of a screen that could not be loaded or failed. */
export function ScreenFailed({ error }: { error: unknown }) {
  const router = useRouter();
  return <Failed error={error} retry={() => void router.invalidate()} />;
}
