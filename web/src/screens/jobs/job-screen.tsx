import { Alert, Button, Card, Group, Stack, Text } from "@mantine/core";
import { type Job, jobEnded } from "@reparto/client";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { Page } from "../../common/page";
import { ProgressLine } from "../../common/progress-line";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { useNames } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { JobActions } from "./job-actions";
import { JobErrors } from "./job-errors";
import { useJobProgress } from "./job-progress";
import { JobStatusTag } from "./job-status";

const route = getRouteApi("/administrators/jobs/$jobId");

/** One job: its progress, its errors and its actions. */
export function JobScreen() {
  const t = useTranslations("job");
  const kinds = useTranslations("jobKind");
  const names = useNames();
  const { jobId } = route.useParams();
  const query = useQuery({
    queryKey: keys.jobs.one(jobId),
    queryFn: ({ signal }) => api.jobApi.get(jobId, { signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && jobEnded(state.data.status) ? false : 5_000),
  });
  const live = useJobProgress(query.data);
  if (query.isPending) return <Loading />;
  if (query.data === undefined) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const job: Job = jobEnded(query.data.status) ? query.data : (live ?? query.data);
  const to = job.assigned_to_id;
  return (
    <Page
      title={to === null ? kinds(job.kind) : `${kinds(job.kind)}: ${names(to) ?? to}`}
      hint={
        <>
          {names(job.actor_id) ?? "–"} · <Moment at={job.created_at} />
        </>
      }
      actions={
        <>
          <JobActions job={job} />
          <Button component={Link} to="/jobs" variant="default" size="compact-sm">
            {t("back")}
          </Button>
        </>
      }
    >
      {job.undoes !== null && (
        <Alert color="gray">
          {t("undoes")}{" "}
          <Link to="/jobs/$jobId" params={{ jobId: job.undoes }}>
            {t("seeUndone")}
          </Link>
        </Alert>
      )}
      <Card withBorder>
        <Stack gap="sm">
          <Group gap="sm">
            <JobStatusTag status={job.status} />
            <Text size="sm" className="numbers">
              {t("counts", { done: job.done, failed: job.failed, total: job.total })}
            </Text>
            <JobDuration job={job} />
          </Group>
          {!jobEnded(job.status) && (
            <ProgressLine
              label={t("live")}
              done={job.done + job.failed}
              total={job.total}
              rate={live?.rate ?? null}
              secondsLeft={live?.seconds_left ?? null}
            />
          )}
          {job.status === "failed" && <Text size="sm">{t("failure")}</Text>}
        </Stack>
      </Card>
      <JobErrors job={job} />
    </Page>
  );
}

/** How long a job took, if it has ended. */
function JobDuration({ job }: { job: Job }) {
  const t = useTranslations("job");
  if (job.started_at === null || job.finished_at === null) return null;
  const seconds = Math.max(1, Math.round((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000));
  const time = seconds < 120 ? t("seconds", { seconds }) : t("minutes", { minutes: Math.round(seconds / 60) });
  return (
    <Text size="sm" c="dimmed">
      {t("took", { time })}
    </Text>
  );
}
