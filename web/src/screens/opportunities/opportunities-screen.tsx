import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { Outcome } from "../../assigning/outcome";
import { messageOf } from "../../common/errors";
import { Page } from "../../common/page";
import { Pager } from "../../common/pager";
import { Empty, Failed, Loading } from "../../common/states";
import { failure, success } from "../../common/toast";
import { compact } from "../../lib/search-params";
import { useExport } from "../../resources/opportunities/export";
import {
  conditions,
  DEFAULT_PAGE_SIZE,
  type OpportunitySearch,
  PAGE_SIZES,
  queryOf,
  sameFilter,
} from "../../resources/opportunities/search";
import { useSelection } from "../../resources/opportunities/selection";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useIsAdministrator } from "../../service/me";
import { useRefresh } from "../../service/refresh";
import { ActionBar } from "./action-bar";
import { ColumnChoice, useHiddenColumns } from "./column-choice";
import { Filters } from "./filters";
import { OpportunityTable } from "./opportunity-table";

// What only a selection needs is loaded after the list.
const AssignDrawer = lazy(() =>
  import("../../assigning/assign-drawer").then((part) => ({ default: part.AssignDrawer })),
);
const UnassignDialog = lazy(() =>
  import("../../assigning/unassign-dialog").then((part) => ({ default: part.UnassignDialog })),
);
const StatusDialog = lazy(() =>
  import("../../assigning/status-dialog").then((part) => ({ default: part.StatusDialog })),
);
const ResultPanel = lazy(() => import("../../assigning/result-panel").then((part) => ({ default: part.ResultPanel })));

const route = getRouteApi("/staff/opportunities");

/** How often an open list is refetched, in milliseconds, so that others' changes show. */
const POLL = 15_000;

const listQuery = (search: OpportunitySearch) =>
  queryOptions({
    queryKey: keys.opportunities.list(queryOf(search)),
    queryFn: ({ signal }) => api.opportunityApi.list(queryOf(search), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: POLL,
  });

type Dialog = "assign" | "unassign" | "status";

export function OpportunitiesScreen() {
  const t = useTranslations("opportunities");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const administrator = useIsAdministrator();
  const refresh = useRefresh();
  const list = useQuery(listQuery(search));
  const selection = useSelection();
  const [hidden, toggleColumn] = useHiddenColumns();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const opener = useRef<Element | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const save = useExport({
    onSuccess: (leftOut) => {
      if (leftOut > 0) success(t("leftOut", { count: leftOut }));
    },
    onError: (error) => failure(messageOf(error)),
  });

  // Another filter shows other rows: nothing must be done to a selection that is out of sight.
  const shown = useRef(search);
  useEffect(() => {
    if (!sameFilter(shown.current, search)) selection.clear();
    shown.current = search;
  }, [search, selection.clear]);

  const change = useCallback(
    (next: Partial<OpportunitySearch>): void =>
      void navigate({ search: (before) => compact({ ...before, page: undefined, ...next }), replace: true }),
    [navigate],
  );
  const clear = useCallback(
    (): void => void navigate({ search: ({ sort_by, sort_order, limit }) => compact({ sort_by, sort_order, limit }) }),
    [navigate],
  );
  const openDialog = (which: Dialog): void => {
    opener.current = document.activeElement;
    setDialog(which);
  };
  // A dialog that is loaded by the click that opens it does not know where the focus was.
  const closeDialog = (): void => {
    setDialog(null);
    const back = opener.current;
    if (back instanceof HTMLElement) window.setTimeout(() => back.focus(), 30);
  };
  const done = (result: Outcome): void => {
    setDialog(null);
    setOutcome(result);
    selection.clear();
    refresh();
  };

  const page = list.data;
  const rows = page?.opportunities ?? [];
  const items = useMemo(() => [...selection.items.values()], [selection.items]);
  const chosen = { items, allMatching: selection.allMatching, onClose: closeDialog, onDone: done };
  return (
    <Page title={t("title")} hint={t("hint")} actions={<ColumnChoice hidden={hidden} toggle={toggleColumn} />}>
      <Filters search={search} onChange={change} onClear={clear} />
      {outcome !== null && (
        <Suspense>
          <ResultPanel outcome={outcome} onChange={setOutcome} />
        </Suspense>
      )}
      {administrator && page !== undefined && (
        <ActionBar
          search={search}
          total={page.total}
          selection={selection}
          onAssign={() => openDialog("assign")}
          onUnassign={() => openDialog("unassign")}
          onStatus={() => openDialog("status")}
          onExport={(format) => save.start({ search, format, ids: [...selection.items.keys()] })}
          exported={save.part}
        />
      )}
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {page !== undefined && rows.length === 0 && (
        <Empty title={conditions(search) > 0 ? t("noneMatch") : t("noneYet")}>
          {conditions(search) > 0 ? t("noneMatchHint") : t("noneYetHint")}
        </Empty>
      )}
      {rows.length > 0 && (
        <OpportunityTable
          rows={rows}
          selection={administrator ? selection : null}
          hidden={hidden}
          search={search}
          onSort={change}
          busy={list.isPlaceholderData}
        />
      )}
      {page !== undefined && page.total > 0 && (
        <Pager
          page={search.page ?? 1}
          pages={page.total_pages}
          total={page.total}
          exact={page.total_is_exact}
          limit={search.limit ?? DEFAULT_PAGE_SIZE}
          sizes={PAGE_SIZES}
          onPage={(number) => void navigate({ search: (before) => ({ ...before, page: number }) })}
          onLimit={(limit) => change({ limit })}
        />
      )}
      {selection.count > 0 && (
        <Suspense>
          <AssignDrawer opened={dialog === "assign"} {...chosen} />
          <UnassignDialog opened={dialog === "unassign"} {...chosen} />
          <StatusDialog opened={dialog === "status"} {...chosen} />
        </Suspense>
      )}
    </Page>
  );
}
