import { Alert, Button, Card, Stack, Text, Title } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Page } from "../../common/page";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { downloadCsv } from "../../lib/csv";
import { FileError, take } from "./chosen-file";
import { DropZone } from "./drop-zone";
import { ExportCard } from "./export-card";
import { PastImports } from "./past-imports";
import { Preview } from "./preview";
import { sampleFile } from "./sample";

/** Imports a file, lists the imports of before, and exports. */
export function ImportsScreen() {
  const t = useTranslations("imports");
  const read = useMutation({
    mutationFn: async (files: readonly File[]) => {
      const [file, second] = files;
      if (file === undefined || second !== undefined) throw new Error(t("oneOnly"));
      return take(file);
    },
  });
  const file = read.data;
  return (
    <Page title={t("title")} hint={t("hint")}>
      <Card withBorder>
        <Stack gap="sm">
          <Title order={2} size="h4">
            {t("import")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("importHint")}
          </Text>
          <DropZone chosen={file !== undefined} pending={read.isPending} onFiles={(files) => read.mutate(files)} />
          {file === undefined && <SampleButton />}
          {read.isError && (
            <Alert color="red" role="alert">
              {read.error instanceof FileError ? t(read.error.fault) : read.error.message}
            </Alert>
          )}
        </Stack>
        {file !== undefined && <Preview key={file.number} file={file} />}
      </Card>
      <ExportCard />
      <PastImports />
    </Page>
  );
}

function SampleButton() {
  const t = useTranslations("imports");
  const fields = useTranslations("importField");
  const cells = useTranslations("importSample");
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      style={{ alignSelf: "center" }}
      leftSection={<IconFileDownload size={16} aria-hidden />}
      onClick={() => downloadCsv(t("sampleFile"), sampleFile(fields, cells, separatorOf(preferredLocale())))}
    >
      {t("sample")}
    </Button>
  );
}
