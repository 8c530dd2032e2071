import { Alert, Button, Code, Group, Stack } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslations } from "use-intl";

/** Shows a secret for the only time. */
export function SecretOnce({ secret, onKept }: { secret: string; onKept: () => void }) {
  const t = useTranslations("webhooks");
  const clipboard = useClipboard({ timeout: 3_000 });
  return (
    <Stack gap="md">
      <Alert color="yellow" role="status">
        {t("secretHint")}
      </Alert>
      <Code block aria-label={t("secret")} className="secret">
        {secret}
      </Code>
      <Group justify="flex-end">
        <Button
          variant="default"
          leftSection={clipboard.copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          onClick={() => clipboard.copy(secret)}
        >
          {clipboard.copied ? t("copied") : t("copy")}
        </Button>
        <Button onClick={onKept}>{t("kept")}</Button>
      </Group>
    </Stack>
  );
}
