import { Card, Stack, Table, Text, Title } from "@mantine/core";
import { importEnded } from "@reparto/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useFormatter, useTranslations } from "use-intl";
import { MoreButton } from "../../common/more-button";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { useNames } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { ImportStatusTag } from "./import-status";

const STEP = 20;
/** How often the list is refetched while an import runs and while none does, in milliseconds. */
const BUSY = 2_000;
const IDLE = 30_000;
const COUNTS = ["created", "completed", "unchanged", "skipped"] as const;

/** The imports of before, newest first. */
export function PastImports() {
  const t = useTranslations("imports");
  const format = useFormatter();
  const names = useNames();
  const list = useInfiniteQuery({
    queryKey: keys.imports.list,
    queryFn: ({ pageParam, signal }) =>
      api.importApi.list({ limit: STEP, ...(pageParam === null ? {} : { cursor: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some((one) => !importEnded(one))) ? BUSY : IDLE,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("past")}
        </Title>
        {list.isPending && <Loading />}
        {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
        {list.isSuccess && items.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("pastNone")}
          </Text>
        )}
        {items.length > 0 && (
          <div className="table-scroll">
            <Table className="table" aria-label={t("past")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("name")}</Table.Th>
                  <Table.Th>{t("who")}</Table.Th>
                  <Table.Th>{t("when")}</Table.Th>
                  {COUNTS.map((count) => (
                    <Table.Th key={count} className="right">
                      {t(`heads.${count}`)}
                    </Table.Th>
                  ))}
                  <Table.Th>{t("state")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td data-label={t("name")}>
                      <Link to="/import/$importId" params={{ importId: one.id }} className="row-link">
                        {one.name ?? t("untitled")}
                      </Link>
                    </Table.Td>
                    <Table.Td data-label={t("who")}>{names(one.actor_id) ?? "–"}</Table.Td>
                    <Table.Td data-label={t("when")}>
                      <Moment at={one.created_at} />
                    </Table.Td>
                    {COUNTS.map((count) => (
                      <Table.Td key={count} data-label={t(`heads.${count}`)} className="right numbers">
                        {format.number(one[count])}
                      </Table.Td>
                    ))}
                    <Table.Td data-label={t("state")}>
                      <ImportStatusTag of={one} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        <MoreButton list={list} label={t("older")} />
      </Stack>
    </Card>
  );
}
