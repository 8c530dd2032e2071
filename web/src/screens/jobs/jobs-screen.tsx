import { Table, Text } from "@mantine/core";
import { type Job, jobEnded } from "@reparto/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useFormatter, useTranslations } from "use-intl";
import { MoreButton } from "../../common/more-button";
import { Page } from "../../common/page";
import { ProgressLine } from "../../common/progress-line";
import { Empty, Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { useNames } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { JobActions } from "./job-actions";
import { useJobProgress } from "./job-progress";
import { JobStatusTag } from "./job-status";

/** How often the list is refetched while a job runs and while none does, in milliseconds. */
const BUSY = 2_000;
const IDLE = 15_000;

/** Running and ended jobs, newest first. */
export function JobsScreen() {
  const t = useTranslations("jobs");
  const list = useInfiniteQuery({
    queryKey: keys.jobs.list,
    queryFn: ({ pageParam, signal }) =>
      api.jobApi.list({ limit: 50, ...(pageParam === null ? {} : { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(({ status }) => !jobEnded(status))) ? BUSY : IDLE,
  });
  const jobs = list.data?.pages.flatMap((page) => page.items) ?? [];
  // Only one stream: browsers allow few to one host. Other jobs are refetched with the list.
  const live = useJobProgress(
    jobs.find(({ status }) => status === "running") ?? jobs.findLast(({ status }) => status === "queued"),
  );
  return (
    <Page title={t("title")} hint={t("hint")}>
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && jobs.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
      {jobs.length > 0 && (
        <div className="table-scroll">
          <Table className="table" aria-label={t("title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("what")}</Table.Th>
                <Table.Th>{t("who")}</Table.Th>
                <Table.Th>{t("when")}</Table.Th>
                <Table.Th>{t("state")}</Table.Th>
                <Table.Th className="right">{t("done")}</Table.Th>
                <Table.Th className="right">{t("failed")}</Table.Th>
                <Table.Th aria-label={t("actions")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {jobs.map((job) => (
                <JobRow
                  key={job.id}
                  job={live?.id === job.id ? live : job}
                  {...(live?.id === job.id ? { rate: live.rate, secondsLeft: live.seconds_left } : {})}
                />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <MoreButton list={list} label={t("older")} />
      {jobs.length > 0 && !list.hasNextPage && (
        <Text size="sm" c="dimmed" ta="center">
          {t("end")}
        </Text>
      )}
    </Page>
  );
}

function JobRow({
  job,
  rate = null,
  secondsLeft = null,
}: {
  job: Job;
  rate?: number | null;
  secondsLeft?: number | null;
}) {
  const t = useTranslations("jobs");
  const kinds = useTranslations("jobKind");
  const format = useFormatter();
  const names = useNames();
  return (
    <Table.Tr>
      <Table.Td data-label={t("what")}>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="row-link">
          {kinds(job.kind)}
        </Link>
        {job.assigned_to_id !== null && (
          <span className="under">{t("to", { name: names(job.assigned_to_id) ?? job.assigned_to_id })}</span>
        )}
      </Table.Td>
      <Table.Td data-label={t("who")}>{names(job.actor_id) ?? "–"}</Table.Td>
      <Table.Td data-label={t("when")}>
        <Moment at={job.created_at} />
      </Table.Td>
      <Table.Td data-label={t("state")}>
        {job.status === "running" ? (
          <ProgressLine
            label={t("progress")}
            done={job.done + job.failed}
            total={job.total}
            rate={rate}
            secondsLeft={secondsLeft}
          />
        ) : (
          <JobStatusTag status={job.status} />
        )}
      </Table.Td>
      <Table.Td data-label={t("done")} className="right numbers">
        {format.number(job.done)}
      </Table.Td>
      <Table.Td data-label={t("failed")} className="right numbers">
        {format.number(job.failed)}
      </Table.Td>
      <Table.Td className="right">
        <JobActions job={job} />
      </Table.Td>
    </Table.Tr>
  );
}
