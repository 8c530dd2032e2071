import { Group } from "@mantine/core";
import { type Job, jobEnded } from "@reparto/client";
import {
  IconArrowBackUp,
  IconDownload,
  IconFileSpreadsheet,
  IconPlayerPlay,
  IconPlayerStop,
} from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { RowButton } from "../../common/row-button";
import { failure, success } from "../../common/toast";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { download } from "../../lib/csv";
import { timeZone } from "../../lib/zone";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";

/** The actions that a job allows in its present status: cancel, resume, undo, download. */
export function JobActions({ job }: { job: Job }) {
  const t = useTranslations("job");
  const refresh = useRefresh();
  const navigate = useNavigate();
  const onError = (error: Error): void => failure(messageOf(error));
  const cancel = useMutation({
    mutationFn: () => api.jobApi.cancel(job.id),
    onSuccess: () => success(t("cancelled")),
    onError,
    onSettled: refresh,
  });
  const undo = useMutation({
    mutationFn: () => api.jobApi.undo(job.id),
    onSuccess: (undoJob) => {
      success(t("undoStarted"));
      void navigate({ to: "/jobs/$jobId", params: { jobId: undoJob.id } });
    },
    onError,
    onSettled: refresh,
  });
  const resume = useMutation({
    mutationFn: () => api.jobApi.resume(job.id),
    onSuccess: () => success(t("resumed")),
    onError,
    onSettled: refresh,
  });
  const downloadFile = useMutation({
    mutationFn: async (format: "csv" | "xlsx") =>
      download(
        `opportunities.${format}`,
        await api.jobApi.file(job.id, { format, separator: separatorOf(preferredLocale()), time_zone: timeZone }),
      ),
    onError,
  });
  if (!jobEnded(job.status)) {
    return (
      <RowButton icon={IconPlayerStop} label={t("cancel")} pending={cancel.isPending} onClick={() => cancel.mutate()} />
    );
  }
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {job.status !== "finished" && (
        <RowButton
          icon={IconPlayerPlay}
          label={t("resume")}
          pending={resume.isPending}
          onClick={() => resume.mutate()}
        />
      )}
      {job.done > 0 && job.kind === "export" && (
        <RowButton
          icon={IconDownload}
          label={t("download")}
          pending={downloadFile.isPending}
          onClick={() => downloadFile.mutate("csv")}
        />
      )}
      {job.done > 0 && job.kind === "export" && (
        <RowButton
          icon={IconFileSpreadsheet}
          label={t("downloadWorkbook")}
          pending={downloadFile.isPending}
          onClick={() => downloadFile.mutate("xlsx")}
        />
      )}
      {job.done > 0 && job.kind !== "export" && (
        <RowButton icon={IconArrowBackUp} label={t("undo")} pending={undo.isPending} onClick={() => undo.mutate()} />
      )}
    </Group>
  );
}
