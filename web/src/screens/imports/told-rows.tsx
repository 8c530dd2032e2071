import { Button, Group, Text, Title } from "@mantine/core";
import type { ImportFile, ImportPreview } from "@reparto/client";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { csv, downloadCsv } from "../../lib/csv";
import { isNotable } from "./notable";
import { RowTable } from "./row-table";

const STEP = 50;
/** The most rows that a dry run tells of. */
const TOLD_MAX = 1_000;

/** The rows of which a dry run has something to tell. */
export function ToldRows({ file, result }: { file: ImportFile; result: ImportPreview }) {
  const t = useTranslations("imports");
  const outcomes = useTranslations("importOutcome");
  const [shown, setShown] = useState(STEP);
  const told = result.items.filter(isNotable);
  if (told.length === 0) return <Text size="sm">{t("rowsNone")}</Text>;
  const save = (): void => {
    const head = [t("line"), t("fate"), t("reason"), ...file.columns.map(({ name }) => name)];
    const rows = told.map(({ line, outcome, text, cells }) => [
      String(line),
      outcomes(outcome),
      text ?? "",
      ...(cells ?? []),
    ]);
    downloadCsv(t("rowsFile"), csv([head, ...rows], separatorOf(preferredLocale())));
  };
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          {t("rows")}
        </Title>
        <Button size="compact-sm" variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={save}>
          {t("saveRows")}
        </Button>
      </Group>
      {result.items.length >= TOLD_MAX && (
        <Text size="sm" c="dimmed" mb="xs">
          {t("rowsFirst", { count: told.length })}
        </Text>
      )}
      <RowTable rows={told.slice(0, shown)} label={t("rows")} />
      {told.length > shown && (
        <Group justify="center" mt="xs">
          <Button variant="default" onClick={() => setShown((before) => before + STEP)}>
            {t("more")}
          </Button>
        </Group>
      )}
    </div>
  );
}
