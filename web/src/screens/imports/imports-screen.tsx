import { Alert, Button, Card, FileButton, Group, Progress, Select, Stack, Table, Text, Title } from "@mantine/core";
import { IconDownload, IconFileImport, IconUpload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { Page } from "../../common/page";
import { ScrollRegion } from "../../common/scroll-region";
import { Failed } from "../../common/states";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { csv, downloadCsv } from "../../lib/csv";
import { exportOpportunities } from "../../resources/opportunities/export";
import { keys } from "../../service/keys";
import { type ImportReport, importRows } from "./import-rows";
import { guess, type Mapping, readRows, TARGETS, type Target } from "./mapping";
import { parseSheet, type Sheet } from "./sheet";

/** Files with more rows are for the command line. */
const ROWS_MAX = 5_000;
const PREVIEW = 5;

export function ImportsScreen() {
  const t = useTranslations("imports");
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [report, setReport] = useState<ImportReport | null>(null);
  const reset = useRef<() => void>(null);
  const read = useMutation({
    mutationFn: async (file: File) => parseSheet(file.name, await file.text()),
    onSuccess: (next) => {
      setSheet(next);
      setReport(null);
    },
    onSettled: () => reset.current?.(),
  });
  const save = useMutation({ mutationFn: () => exportOpportunities({}, new Map()) });
  return (
    <Page title={t("title")} hint={t("hint")}>
      <Card withBorder>
        <Stack gap="sm" align="flex-start">
          <Title order={2} size="h4">
            {t("import")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("importHint")}
          </Text>
          <FileButton
            onChange={(file) => file !== null && read.mutate(file)}
            accept=".csv,text/csv,text/plain"
            resetRef={reset}
          >
            {(props) => (
              <Button {...props} leftSection={<IconUpload size={16} aria-hidden />} loading={read.isPending}>
                {t("choose")}
              </Button>
            )}
          </FileButton>
          {read.isError && <Failed error={read.error} />}
          {sheet !== null && sheet.rows.length > ROWS_MAX && (
            <Alert color="yellow">{t("tooMany", { max: ROWS_MAX })}</Alert>
          )}
          {sheet !== null && sheet.rows.length === 0 && <Alert color="yellow">{t("emptyFile")}</Alert>}
        </Stack>
        {sheet !== null && sheet.rows.length > 0 && sheet.rows.length <= ROWS_MAX && report === null && (
          <Preview key={sheet.name + sheet.rows.length} sheet={sheet} onDone={setReport} />
        )}
        {sheet !== null && report !== null && <Report report={report} titles={sheet.titles} />}
      </Card>
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
    </Page>
  );
}

function Preview({ sheet, onDone }: { sheet: Sheet; onDone: (report: ImportReport) => void }) {
  const t = useTranslations("imports");
  const client = useQueryClient();
  const [mapping, setMapping] = useState<Mapping>(() => guess(sheet.titles));
  const [done, setDone] = useState<number | null>(null);
  const abort = useRef(new AbortController());
  const rows = useMemo(() => readRows(sheet.rows, mapping), [sheet, mapping]);
  const good = rows.filter((row) => "lead" in row).length;
  const run = useMutation({
    mutationFn: () => importRows(rows, (fault) => t(`faults.${fault}`), setDone, abort.current.signal),
    onSuccess: onDone,
    onSettled: () => {
      setDone(null);
      void client.invalidateQueries({ queryKey: keys.opportunities.all });
    },
  });
  const choose = (column: number, target: Target | null): void =>
    setMapping((before) =>
      before.map((one, index) => (index === column ? target : one === target && target !== null ? null : one)),
    );
  return (
    <Stack gap="sm" mt="md">
      <Text size="sm" fw={600} role="status">
        {t("found", { name: sheet.name, rows: rows.length, good, bad: rows.length - good })}
      </Text>
      <ScrollRegion className="table-scroll" label={t("preview")}>
        <Table className="table no-cards" aria-label={t("preview")}>
          <Table.Thead>
            <Table.Tr>
              {sheet.titles.map((title, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file have no other name that is sure to be unique
                <Table.Th key={column}>
                  <Select
                    size="xs"
                    w={150}
                    label={title || t("untitled")}
                    placeholder={t("leaveOut")}
                    clearable
                    clearButtonProps={{ "aria-label": t("leaveOut") }}
                    data={TARGETS.map((value) => ({ value, label: t(`targets.${value}`) }))}
                    value={mapping[column] ?? null}
                    onChange={(target) => choose(column, target)}
                  />
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, PREVIEW).map((row) => (
              <Table.Tr key={row.line}>
                {sheet.titles.map((_, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <Table.Td key={column}>{row.cells[column]}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      {run.isError && <Alert color="red">{messageOf(run.error)}</Alert>}
      {done !== null && <Progress value={(100 * done) / rows.length} aria-label={t("progress")} />}
      <Group justify="flex-end">
        {run.isPending && (
          <Button variant="default" onClick={() => abort.current.abort()}>
            {t("stop")}
          </Button>
        )}
        <Button
          leftSection={<IconFileImport size={16} aria-hidden />}
          disabled={good === 0}
          loading={run.isPending}
          onClick={() => run.mutate()}
        >
          {t("submit", { count: good })}
        </Button>
      </Group>
    </Stack>
  );
}

function Report({ report, titles }: { report: ImportReport; titles: string[] }) {
  const t = useTranslations("imports");
  const format = useFormatter();
  const save = (): void =>
    downloadCsv(
      "rejected.csv",
      csv(
        [["line", "reason", ...titles], ...report.rejected.map((row) => [String(row.line), row.reason, ...row.cells])],
        separatorOf(preferredLocale()),
      ),
    );
  return (
    <Stack gap="sm" mt="md">
      <Alert
        color={report.rejected.length === 0 ? "teal" : "yellow"}
        role="status"
        title={t("done", { count: report.created })}
      >
        {report.existing > 0 && <Text size="sm">{t("existing", { count: report.existing })}</Text>}
        {report.rejected.length > 0 && <Text size="sm">{t("rejected", { count: report.rejected.length })}</Text>}
      </Alert>
      {report.rejected.length > 0 && (
        <>
          <div className="table-scroll">
            <Table className="table" aria-label={t("rejectedRows")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("line")}</Table.Th>
                  <Table.Th>{t("reason")}</Table.Th>
                  <Table.Th>{t("row")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {report.rejected.slice(0, 100).map((row) => (
                  <Table.Tr key={row.line}>
                    <Table.Td data-label={t("line")} className="numbers">
                      {format.number(row.line)}
                    </Table.Td>
                    <Table.Td data-label={t("reason")}>{row.reason}</Table.Td>
                    <Table.Td data-label={t("row")}>{row.cells.filter(Boolean).join(" · ")}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Group>
            <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={save}>
              {t("saveRejected")}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
