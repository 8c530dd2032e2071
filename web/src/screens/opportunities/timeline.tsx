import { Button, Card, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { StatusTag } from "../../common/badges";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { useNames } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useIsAdministrator } from "../../service/me";

/** The opportunity's history, newest first. */
export function Timeline({ opportunityId }: { opportunityId: string }) {
  const t = useTranslations("timeline");
  const kinds = useTranslations("kind");
  const names = useNames();
  const administrator = useIsAdministrator();
  const history = useInfiniteQuery({
    queryKey: keys.opportunities.history(opportunityId),
    queryFn: ({ pageParam, signal }) =>
      api.opportunityApi.history(
        opportunityId,
        { limit: 20, ...(pageParam === null ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const entries = history.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t("title")}
      </Title>
      {history.isPending && <Loading />}
      {history.isError && <Failed error={history.error} retry={() => void history.refetch()} />}
      <ol className="timeline">
        {entries.map((entry) => {
          const nobody = t("nobody");
          const from = entry.from_id === null ? nobody : (names(entry.from_id) ?? t("unknown"));
          const to = entry.to_id === null ? nobody : (names(entry.to_id) ?? t("unknown"));
          return (
            <li key={entry.operation_id}>
              <Text size="sm" fw={600}>
                {administrator ? (
                  <Link to="/operations/$operationId" params={{ operationId: entry.operation_id }}>
                    {kinds(entry.kind)}
                  </Link>
                ) : (
                  kinds(entry.kind)
                )}
              </Text>
              {from !== to && <Text size="sm">{t("moved", { from, to })}</Text>}
              {entry.previous_status !== entry.new_status && entry.previous_status !== null && (
                <Text size="sm" component="div">
                  <StatusTag status={entry.previous_status} /> → <StatusTag status={entry.new_status} />
                </Text>
              )}
              {entry.note && (
                <Text size="sm" className="multiline">
                  {entry.note}
                </Text>
              )}
              <Text size="xs" c="dimmed">
                {entry.actor_name ?? t("system")} · <Moment at={entry.at} />
              </Text>
            </li>
          );
        })}
      </ol>
      {history.hasNextPage && (
        <Button
          size="xs"
          variant="default"
          onClick={() => void history.fetchNextPage()}
          loading={history.isFetchingNextPage}
        >
          {t("older")}
        </Button>
      )}
    </Card>
  );
}
