import { Button, Card, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { Failed } from "../../common/states";
import { success } from "../../common/toast";
import { useExport } from "../../resources/opportunities/export";

/** All opportunities as a file. */
export function ExportCard() {
  const t = useTranslations("imports");
  const save = useExport({
    onSuccess: (leftOut) => {
      if (leftOut > 0) success(t("exportLeftOut", { count: leftOut }));
    },
  });
  return (
    <Card withBorder>
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          {t("export")}
        </Title>
        <Text size="sm" c="dimmed">
          {t("exportHint")}
        </Text>
        {save.error !== null && <Failed error={save.error} />}
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => save.start({ search: {} })}
          disabled={save.part !== null}
          aria-live="polite"
          className="numbers"
        >
          {save.part === null ? t("exportAll") : t("exporting", { part: save.part })}
        </Button>
      </Stack>
    </Card>
  );
}
