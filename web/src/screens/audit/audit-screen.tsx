import { Code, Group, Select, Table, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import type { AuditLog } from "@reparto/client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { LazyDayRange } from "../../common/lazy-day-range";
import { Page } from "../../common/page";
import { Pager } from "../../common/pager";
import { ScrollRegion } from "../../common/scroll-region";
import { Empty, Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { dayBegins, dayEnds } from "../../lib/days";
import { compact } from "../../lib/search-params";
import { everyoneQuery } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { AUDIT_PAGE, type AuditSearch } from "./audit-search";

const route = getRouteApi("/administrators/audit");

export function AuditScreen() {
  const t = useTranslations("audit");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const page = search.page ?? 1;
  const { page: _, from, to, ...filter } = search;
  const query = compact({
    ...filter,
    from_date: dayBegins(from),
    to_date: dayEnds(to),
    skip: (page - 1) * AUDIT_PAGE,
    limit: AUDIT_PAGE,
  });
  const list = useQuery({
    queryKey: keys.audit.list(query),
    queryFn: ({ signal }) => api.userApi.auditLogs(query, { signal }),
    placeholderData: keepPreviousData,
  });
  const change = (next: Partial<AuditSearch>): void =>
    void navigate({ search: (before) => compact({ ...before, page: undefined, ...next }), replace: true });
  const entries = list.data?.items ?? [];
  return (
    <Page title={t("title")} hint={t("hint")}>
      <AuditFilters search={search} onChange={change} />
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && entries.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
      {entries.length > 0 && (
        <div className="table-scroll" aria-busy={list.isPlaceholderData}>
          <Table className="table" aria-label={t("title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("when")}</Table.Th>
                <Table.Th>{t("who")}</Table.Th>
                <Table.Th>{t("action")}</Table.Th>
                <Table.Th>{t("what")}</Table.Th>
                <Table.Th>{t("details")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td data-label={t("when")}>
                    <Moment at={entry.created_at} />
                  </Table.Td>
                  <Table.Td data-label={t("who")}>
                    {entry.actor_email || "–"}
                    {entry.ip_address && <span className="under">{entry.ip_address}</span>}
                  </Table.Td>
                  <Table.Td data-label={t("action")}>
                    <Action action={entry.action} />
                  </Table.Td>
                  <Table.Td data-label={t("what")}>
                    <Entity entry={entry} />
                  </Table.Td>
                  <Table.Td data-label={t("details")}>
                    <Details entry={entry} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {list.data !== undefined && list.data.total > AUDIT_PAGE && (
        <Pager
          page={page}
          pages={Math.ceil(list.data.total / AUDIT_PAGE)}
          total={list.data.total}
          exact
          limit={AUDIT_PAGE}
          sizes={[AUDIT_PAGE]}
          onPage={(number) => void navigate({ search: (before) => ({ ...before, page: number }) })}
          onLimit={() => undefined}
        />
      )}
    </Page>
  );
}

/** The action in words, with its name in the API, by which the list is filtered. */
function Action({ action }: { action: string }) {
  const words = useTranslations("auditAction");
  const key = action as Parameters<typeof words>[0];
  return words.has(key) ? (
    <>
      {words(key)}
      <span className="under mono">{action}</span>
    </>
  ) : (
    <Code>{action}</Code>
  );
}

/** What it was about: a link where the page shows it. */
function Entity({ entry }: { entry: AuditLog }) {
  const kinds = useTranslations("auditEntity");
  if (entry.entity_type === "opportunity" && entry.entity_id !== null) {
    return (
      <Link to="/opportunities/$opportunityId" params={{ opportunityId: entry.entity_id }}>
        {kinds("opportunity")}
      </Link>
    );
  }
  if (entry.entity_type === "import" && entry.entity_id !== null) {
    return (
      <Link to="/import/$importId" params={{ importId: entry.entity_id }}>
        {kinds("import")}
      </Link>
    );
  }
  if (entry.entity_type === "job" && entry.entity_id !== null) {
    return (
      <Link to="/jobs/$jobId" params={{ jobId: entry.entity_id }}>
        {kinds("job")}
      </Link>
    );
  }
  const operation = entry.details?.["operation_id"];
  if (typeof operation === "string") {
    return (
      <Link to="/operations/$operationId" params={{ operationId: operation }}>
        {kinds("operation")}
      </Link>
    );
  }
  const kind = entry.entity_type as Parameters<typeof kinds>[0];
  return <>{kinds.has(kind) ? kinds(kind) : entry.entity_type}</>;
}

const LONG = 12;

/** An entry's details. Long lists of ids are cut: the operation shows them all. */
function Details({ entry: { details, request_id } }: { entry: AuditLog }) {
  const t = useTranslations("audit");
  const none = details === null || Object.keys(details).length === 0;
  if (none && !request_id) return <>–</>;
  const text = JSON.stringify(
    details,
    (_, value: unknown) =>
      Array.isArray(value) && value.length > LONG ? [...value.slice(0, LONG), `… +${value.length - LONG}`] : value,
    2,
  );
  return (
    <details>
      <summary>{t("show")}</summary>
      {request_id && (
        <span className="under">
          {t("request")} <span className="mono">{request_id}</span>
        </span>
      )}
      {!none && (
        <ScrollRegion className="details" label={t("details")}>
          <pre>{text}</pre>
        </ScrollRegion>
      )}
    </details>
  );
}

function AuditFilters({ search, onChange }: { search: AuditSearch; onChange: (next: Partial<AuditSearch>) => void }) {
  const t = useTranslations("audit");
  const people = (useQuery(everyoneQuery).data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const clear = { "aria-label": t("clearOne") };
  return (
    <Group gap="xs" align="flex-end" className="filters" role="search" aria-label={t("filters")}>
      <Text label={t("search")} value={search.q} onChange={(q) => onChange({ q })} />
      <Text label={t("action")} value={search.action} onChange={(action) => onChange({ action })} />
      <Select
        label={t("who")}
        placeholder={t("all")}
        clearable
        searchable
        clearButtonProps={clear}
        data={people}
        value={search.user_id ?? null}
        onChange={(id) => onChange({ user_id: id ?? undefined })}
      />
      <LazyDayRange
        label={t("period")}
        placeholder={t("anyTime")}
        clearLabel={t("clearOne")}
        from={search.from}
        to={search.to}
        onChange={(from, to) => onChange({ from, to })}
      />
    </Group>
  );
}

function Text(props: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  const [text, setText] = useState(props.value ?? "");
  useEffect(() => setText(props.value ?? ""), [props.value]);
  const send = useDebouncedCallback((value: string) => props.onChange(value || undefined), 300);
  return (
    <TextInput
      label={props.label}
      type="search"
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value.trim());
      }}
    />
  );
}
