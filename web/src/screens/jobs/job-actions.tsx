import { Group } from "@mantine/core";
import { type Job, jobEnded } from "@reparto/client";
import { IconArrowBackUp, IconDownload, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { api, messageOf } from "../../app/api";
import { useRefresh } from "../../app/refresh";
import { download } from "../../common/csv";
import { RowButton } from "../../common/row-button";
import { failure, success } from "../../common/toast";

/** What can be done with a job as it stands: stop it, let it go on, take it back, fetch what it wrote. */
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
    onSuccess: (made) => {
      success(t("undoStarted"));
      void navigate({ to: "/jobs/$jobId", params: { jobId: made.id } });
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
  const fetchFile = useMutation({
    mutationFn: async () => download("opportunities.csv", await api.jobApi.file(job.id)),
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
          pending={fetchFile.isPending}
          onClick={() => fetchFile.mutate()}
        />
      )}
      {job.done > 0 && job.kind !== "export" && (
        <RowButton icon={IconArrowBackUp} label={t("undo")} pending={undo.isPending} onClick={() => undo.mutate()} />
      )}
    </Group>
  );
}
