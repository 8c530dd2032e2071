import { Button, Card, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Failed } from "../../common/states";
import { exportOpportunities } from "../../resources/opportunities/export";

/** All opportunities as a file. */
export function ExportCard() {
  const t = useTranslations("imports");
  const save = useMutation({ mutationFn: () => exportOpportunities({}, new Map()) });
  return (
    <Card withBorder>
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          {t("export")}
        </Title>
        <Text size="sm" c="dimmed">
          {t("exportHint")}
        </Text>
        {save.isError && <Failed error={save.error} />}
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => save.mutate()}
          loading={save.isPending}
        >
          {t("exportAll")}
        </Button>
      </Stack>
    </Card>
  );
}
