import { Button, Group, Table, Text, Title } from "@mantine/core";
import { type Job, jobEnded } from "@reparto/client";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { MoreButton } from "../../common/more-button";
import { Failed, Loading } from "../../common/states";
import { failure } from "../../common/toast";
import { preferredLocale, separatorOf } from "../../i18n/locale";
import { download } from "../../lib/csv";
import { NameOf } from "../../resources/opportunities/name-of";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** Items per page: each takes a request for its name. */
const STEP = 25;

/** The items that a job did not change, and why. */
export function JobErrors({ job }: { job: Job }) {
  const t = useTranslations("job");
  const list = useInfiniteQuery({
    queryKey: keys.jobs.errors(job.id, job.failed),
    queryFn: ({ pageParam, signal }) =>
      api.jobApi.items(
        job.id,
        { only: "errors", limit: STEP, ...(pageParam === null ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: job.failed > 0,
  });
  const file = useMutation({
    mutationFn: async () =>
      download(
        "errors.csv",
        await api.jobApi.file(job.id, { only: "errors", separator: separatorOf(preferredLocale()) }),
      ),
    onError: (error) => failure(messageOf(error)),
  });
  if (job.failed === 0) {
    return <Text c="dimmed">{jobEnded(job.status) ? t("errorsNone") : t("errorsNotYet")}</Text>;
  }
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("errors")}
        </Title>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => file.mutate()}
          loading={file.isPending}
        >
          {t("errorsFile")}
        </Button>
      </Group>
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {items.length > 0 && (
        <div className="table-scroll">
          <Table className="table" aria-label={t("errors")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("opportunity")}</Table.Th>
                <Table.Th>{t("reason")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map(({ opportunity_id: id, error, code }) => (
                <Table.Tr key={id}>
                  <Table.Td data-label={t("opportunity")}>
                    {code === "opportunity_not_found" ? (
                      <span className="mono">{id}</span>
                    ) : (
                      <Link to="/opportunities/$opportunityId" params={{ opportunityId: id }} className="row-link">
                        <NameOf opportunityId={id} />
                      </Link>
                    )}
                  </Table.Td>
                  <Table.Td data-label={t("reason")}>{error}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <MoreButton list={list} label={t("more")} />
    </>
  );
}
