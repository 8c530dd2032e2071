import { Button } from "@mantine/core";
import { type Job, jobEnded } from "@reparto/client";
import { IconArrowBackUp, IconDownload, IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { api, messageOf } from "../../app/api";
import { save } from "../../common/csv";
import { failure, success } from "../../common/toast";

/** What can be done with a job as it stands: stop it, take it back, fetch what it wrote. */
export function JobActions({ job }: { job: Job }) {
  const t = useTranslations("job");
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = (): void => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
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
  const fetchFile = useMutation({
    mutationFn: async () => save("opportunities.csv", await api.jobApi.file(job.id)),
    onError,
  });
  if (!jobEnded(job.status)) {
    return (
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        onClick={() => cancel.mutate()}
        loading={cancel.isPending}
      >
        {t("cancel")}
      </Button>
    );
  }
  if (job.done === 0) return null;
  if (job.kind === "export") {
    return (
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        onClick={() => fetchFile.mutate()}
        loading={fetchFile.isPending}
      >
        {t("download")}
      </Button>
    );
  }
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconArrowBackUp size={16} aria-hidden />}
      onClick={() => undo.mutate()}
      loading={undo.isPending}
    >
      {t("undo")}
    </Button>
  );
}
