import { Group, Select, Table, Text } from "@mantine/core";
import type { Operation, OperationQuery } from "@reparto/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useFormatter, useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { LazyDayRange } from "../../common/lazy-day-range";
import { MoreButton } from "../../common/more-button";
import { Page } from "../../common/page";
import { Empty, Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { dayBegins, dayEnds } from "../../lib/days";
import { compact } from "../../lib/search-params";
import { everyoneQuery } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { ImportRow } from "./import-row";
import { oncePerImport } from "./of-imports";
import { KINDS, type OperationsSearch } from "./operations-search";
import { UndoButton } from "./undo-button";

const route = getRouteApi("/administrators/operations");

export function OperationsScreen() {
  const t = useTranslations("operations");
  const search = route.useSearch();
  const { from, to, ...rest } = search;
  const query: OperationQuery = compact({ ...rest, from: dayBegins(from), to: dayEnds(to), limit: 50 });
  const list = useInfiniteQuery({
    queryKey: keys.operations.list(query),
    queryFn: ({ pageParam, signal }) =>
      api.operationApi.list(compact({ ...query, cursor: pageParam ?? undefined }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 30_000,
  });
  const operations = oncePerImport(list.data?.pages.flatMap((page) => page.items) ?? []);
  return (
    <Page title={t("title")} hint={t("hint")}>
      <OperationFilters search={search} />
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && operations.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
      {operations.length > 0 && (
        <div className="table-scroll">
          <Table className="table" aria-label={t("title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("what")}</Table.Th>
                <Table.Th>{t("who")}</Table.Th>
                <Table.Th>{t("when")}</Table.Th>
                <Table.Th className="right">{t("done")}</Table.Th>
                <Table.Th className="right">{t("failed")}</Table.Th>
                <Table.Th>{t("state")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {operations.map((operation) =>
                operation.import_id === null ? (
                  <OperationRow key={operation.id} operation={operation} />
                ) : (
                  <ImportRow key={operation.id} operation={operation} importId={operation.import_id} />
                ),
              )}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <MoreButton list={list} label={t("older")} />
      {operations.length > 0 && !list.hasNextPage && (
        <Text size="sm" c="dimmed" ta="center">
          {t("end")}
        </Text>
      )}
    </Page>
  );
}

function OperationRow({ operation }: { operation: Operation }) {
  const t = useTranslations("operations");
  const kinds = useTranslations("kind");
  const format = useFormatter();
  return (
    <Table.Tr>
      <Table.Td data-label={t("what")}>
        <Link to="/operations/$operationId" params={{ operationId: operation.id }} className="row-link">
          {kinds(operation.kind)}
        </Link>
        {operation.note && <span className="under">{operation.note}</span>}
      </Table.Td>
      <Table.Td data-label={t("who")}>{operation.actor_name ?? "–"}</Table.Td>
      <Table.Td data-label={t("when")}>
        <Moment at={operation.at} />
      </Table.Td>
      <Table.Td data-label={t("done")} className="right numbers">
        {format.number(operation.assigned_count)}
      </Table.Td>
      <Table.Td data-label={t("failed")} className="right numbers">
        {format.number(operation.failed_count)}
      </Table.Td>
      <Table.Td data-label={t("state")}>
        {operation.undone_by === null ? <UndoButton operation={operation} /> : <Tag tone="grey">{t("wasUndone")}</Tag>}
      </Table.Td>
    </Table.Tr>
  );
}

function OperationFilters({ search }: { search: OperationsSearch }) {
  const t = useTranslations("operations");
  const kinds = useTranslations("kind");
  const navigate = route.useNavigate();
  const people = (useQuery(everyoneQuery).data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const change = (next: Partial<OperationsSearch>): void =>
    void navigate({ search: (before) => compact({ ...before, ...next }), replace: true });
  const clear = { "aria-label": t("clearOne") };
  return (
    <Group gap="xs" align="flex-end" className="filters" role="search" aria-label={t("filters")}>
      <Select
        label={t("kind")}
        placeholder={t("all")}
        clearable
        clearButtonProps={clear}
        data={KINDS.map((value) => ({ value, label: kinds(value) }))}
        value={search.kind ?? null}
        onChange={(kind) => change({ kind: kind ?? undefined })}
      />
      <Select
        label={t("actor")}
        placeholder={t("all")}
        clearable
        searchable
        clearButtonProps={clear}
        data={people}
        value={search.actor_id ?? null}
        onChange={(id) => change({ actor_id: id ?? undefined })}
      />
      <Select
        label={t("assignee")}
        placeholder={t("all")}
        clearable
        searchable
        clearButtonProps={clear}
        data={people}
        value={search.assignee_id ?? null}
        onChange={(id) => change({ assignee_id: id ?? undefined })}
      />
      <LazyDayRange
        label={t("period")}
        placeholder={t("anyTime")}
        clearLabel={t("clearOne")}
        from={search.from}
        to={search.to}
        onChange={(from, to) => change({ from, to })}
      />
    </Group>
  );
}
