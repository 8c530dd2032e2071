import type { JobStatus } from "@reparto/client";
import { useTranslations } from "use-intl";
import { Tag } from "../../common/badges";

const TONES: Record<JobStatus, string> = {
  queued: "grey",
  running: "blue",
  finished: "green",
  cancelled: "sand",
  failed: "red",
};

export function JobStatusTag({ status }: { status: JobStatus }) {
  const t = useTranslations("jobStatus");
  return <Tag tone={TONES[status]}>{t(status)}</Tag>;
}
