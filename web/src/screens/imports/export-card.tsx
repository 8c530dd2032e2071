import { Card, Stack, Text, Title } from "@mantine/core";
import { useTranslations } from "use-intl";
import { Failed } from "../../common/states";
import { success } from "../../common/toast";
import { useExport } from "../../resources/opportunities/export";
import { ExportButton } from "../../resources/opportunities/export-button";

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
        <ExportButton
          variant="default"
          label={t("exportAll")}
          part={save.part}
          onExport={(format) => save.start({ search: {}, format })}
        />
      </Stack>
    </Card>
  );
}
