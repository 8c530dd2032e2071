import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { ApiError, type ImportMapping, type ImportOptions, type ImportPreview } from "@reparto/client";
import { IconFileImport } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Failed } from "../../common/states";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useRefresh } from "../../service/refresh";
import type { ChosenFile } from "./chosen-file";
import { Columns } from "./columns";
import { type Reading, useDryRun } from "./dry-run";
import { Question } from "./question";
import { questionOf } from "./question-of";
import { ReadingChoices } from "./reading-choices";
import { ToldRows } from "./told-rows";

/** The code of a row that is skipped because the person was erased. */
const ERASED = "person_erased";

/** What an import of the file would do, and how it is read; nothing is written before it is imported. */
export function Preview({ file }: { file: ChosenFile }) {
  const t = useTranslations("imports");
  const [reading, setReading] = useState<Reading>({});
  const [choices, setChoices] = useState<ImportMapping>({});
  const { result, error, pending, options, retry } = useDryRun(file, reading, choices);
  const send = useSend(file);
  const question = questionOf(error);
  const columns = (question?.about === "columns" ? question.columns : undefined) ?? result?.file.columns ?? [];
  const coming = result === undefined || error !== null ? 0 : result.created + result.completed;
  const change = (next: Partial<Reading>): void => {
    // Read otherwise, the file may have other columns.
    if ("encoding" in next || "separator" in next || "sheet" in next) setChoices({});
    setReading((before) => ({ ...before, ...next }));
  };
  return (
    <Stack gap="md" mt="md" aria-busy={pending}>
      {pending && (
        <Group gap="xs" role="status">
          <Loader size="xs" aria-hidden />
          <Text size="sm">{result === undefined ? t("reading", { name: nameOf(file) }) : t("readingAgain")}</Text>
        </Group>
      )}
      {!pending && question !== null && (
        <Question question={question} onOrder={(date_order) => change({ date_order })} />
      )}
      {!pending && error !== null && question === null && (
        <Failed error={error} retry={mayPass(error) ? retry : undefined} />
      )}
      {result !== undefined && error === null && (
        <Group justify="space-between" align="flex-start">
          <Counts name={file.name} result={result} />
          <Group gap="sm">
            {send.isPending && (
              <Text size="sm" c="dimmed" role="status">
                {t("sending")}
              </Text>
            )}
            <Button
              leftSection={<IconFileImport size={16} aria-hidden />}
              disabled={coming === 0 || pending || result?.status === "failed"}
              loading={send.isPending}
              onClick={() => send.mutate(options)}
            >
              {t("submit", { count: coming })}
            </Button>
          </Group>
        </Group>
      )}
      {send.isError && <Failed error={send.error} />}
      {columns.length > 0 && (
        <Columns
          columns={columns}
          isRead={question?.about !== "columns"}
          choices={choices}
          onChoose={(name, field) => setChoices((before) => ({ ...before, [name]: field }))}
        />
      )}
      {result !== undefined && error === null && <ToldRows file={result.file} result={result} />}
      {result !== undefined && (
        <ReadingChoices
          file={result.file}
          reading={reading}
          hasErased={result.items.some(({ code }) => code === ERASED)}
          onChange={change}
        />
      )}
    </Stack>
  );
}

/** Whether the same file may be read another time: not what the service has refused. */
const mayPass = (error: Error): boolean =>
  !(error instanceof ApiError) || error.status >= 500 || [0, 408, 409, 429].includes(error.status);

/** The longest name that the service takes. */
const NAME_MAX = 200;

const nameOf = ({ name }: ChosenFile): string => [...name].slice(0, NAME_MAX).join("");

/** Sends the file to be imported, and goes to the import. */
function useSend(file: ChosenFile) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (options: ImportOptions) => api.importApi.create(file.content, { ...options, name: nameOf(file) }),
    onSuccess: (created) => {
      client.setQueryData(keys.imports.one(created.id), created);
      void navigate({ to: "/import/$importId", params: { importId: created.id } });
      refresh();
    },
  });
}

function Counts({ name, result }: { name: string; result: ImportPreview }) {
  const t = useTranslations("imports");
  const { rows, created, completed, unchanged, skipped } = result;
  return (
    <div role="status">
      <Text size="sm" fw={600}>
        {t("found", { name, rows })}
      </Text>
      <Text size="sm" className="numbers">
        {t("counts", { created, completed, unchanged, skipped })}
      </Text>
      {result.status === "failed" ? (
        <Text size="sm" className="over">
          {t("wouldFail")}
        </Text>
      ) : (
        created + completed === 0 && <Text size="sm">{rows === skipped ? t("nothing") : t("nothingNew")}</Text>
      )}
    </div>
  );
}
