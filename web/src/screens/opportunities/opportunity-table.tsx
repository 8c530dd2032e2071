import type { LeadOpportunity } from "@reparto/client";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { type Row, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { OpportunitySearch } from "../../resources/opportunities/search";
import type { Selection } from "../../resources/opportunities/selection";
import { COLUMNS, type ColumnKey, columns, features, SORT_OF } from "./columns";

interface Props {
  rows: LeadOpportunity[];
  selection: Selection | null;
  hidden: ReadonlySet<ColumnKey>;
  search: OpportunitySearch;
  onSort: (sort: Pick<OpportunitySearch, "sort_by" | "sort_order">) => void;
  busy: boolean;
}

/** With more rows than this, only those in view are in the document. */
const VIRTUAL_FROM = 120;
const ROW_HEIGHT = 53;

export function OpportunityTable({ rows, selection, hidden, search, onSort, busy }: Props) {
  const t = useTranslations("opportunities");
  const columnVisibility = useMemo(() => Object.fromEntries(COLUMNS.map((key) => [key, !hidden.has(key)])), [hidden]);
  const table = useTable({ features, columns, data: rows, getRowId: (row) => row.id, state: { columnVisibility } });
  const shown = COLUMNS.filter((key) => !hidden.has(key));
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = rows.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: rows.length,
    enabled: virtual,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const all = table.getRowModel().rows;
  const inView = virtual ? virtualizer.getVirtualItems() : null;
  const visible = inView === null ? all : inView.map(({ index }) => all[index]).filter((row) => row !== undefined);
  const above = inView?.[0]?.start ?? 0;
  const below = inView === null ? 0 : virtualizer.getTotalSize() - (inView.at(-1)?.end ?? 0);

  const toggle = selection?.toggle;
  const onToggle = useCallback((index: number, range: boolean) => toggle?.(rows, index, range), [toggle, rows]);
  const allMatching = selection !== null && selection.allMatching !== null;
  const picked = allMatching ? rows.length : rows.filter((row) => selection?.items.has(row.id)).length;
  const span = shown.length + (selection === null ? 0 : 1);

  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it has its label where it is a region, and only there
    <div
      className="table-scroll"
      data-virtual={virtual || undefined}
      ref={scroller}
      aria-busy={busy}
      tabIndex={virtual ? 0 : undefined}
      role={virtual ? "region" : undefined}
      aria-label={virtual ? t("title") : undefined}
    >
      <table className="table" aria-label={t("title")} aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {selection !== null && (
              <th className="check-cell">
                <input
                  type="checkbox"
                  className="check"
                  aria-label={t("selectPage")}
                  checked={rows.length > 0 && picked === rows.length}
                  disabled={allMatching}
                  ref={(box) => {
                    if (box) box.indeterminate = picked > 0 && picked < rows.length;
                  }}
                  onChange={() => selection.togglePage(rows)}
                />
              </th>
            )}
            {shown.map((key) => (
              <Head key={key} column={key} search={search} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Filler height={above} span={span} />}
          {visible.map((row) => (
            <OpportunityRow
              key={row.id}
              row={row}
              index={row.index}
              selected={selection === null ? null : allMatching || selection.items.has(row.id)}
              fixed={allMatching}
              onToggle={onToggle}
              columns={shown}
            />
          ))}
          {below > 0 && <Filler height={below} span={span} />}
        </tbody>
      </table>
    </div>
  );
}

function Filler({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden className="filler">
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}

function Head({ column, search, onSort }: { column: ColumnKey } & Pick<Props, "search" | "onSort">) {
  const t = useTranslations("opportunities.columns");
  const sort = SORT_OF[column];
  if (sort === undefined) return <th data-column={column}>{t(column)}</th>;
  const by = search.sort_by ?? "detected_at";
  const order = search.sort_order ?? "desc";
  const active = by === sort;
  const next = active && order === "desc" ? "asc" : "desc";
  const Icon = !active ? IconArrowsSort : order === "desc" ? IconArrowDown : IconArrowUp;
  return (
    <th data-column={column} aria-sort={active ? (order === "desc" ? "descending" : "ascending") : "none"}>
      <button type="button" className="sort" onClick={() => onSort({ sort_by: sort, sort_order: next })}>
        {t(column)}
        <Icon size={14} aria-hidden data-active={active || undefined} />
      </button>
    </th>
  );
}

interface RowProps {
  row: Row<typeof features, LeadOpportunity>;
  index: number;
  /** Null if rows cannot be selected. */
  selected: boolean | null;
  /** Whether everything that matches is selected, so that single rows cannot be deselected. */
  fixed: boolean;
  onToggle: (index: number, range: boolean) => void;
  columns: readonly ColumnKey[];
}

const OpportunityRow = memo(
  function OpportunityRow({ row, index, selected, fixed, onToggle, columns }: RowProps) {
    const t = useTranslations("opportunities");
    const changed = useChanged(row.original.updated_at);
    const range = useRef(false);
    const remember = (event: MouseEvent): void => {
      range.current = event.shiftKey;
    };
    return (
      <tr aria-rowindex={index + 2} data-selected={selected || undefined} data-changed={changed || undefined}>
        {selected !== null && (
          <td className="check-cell">
            <input
              type="checkbox"
              className="check"
              aria-label={t("selectRow", { name: row.original.contact.name })}
              checked={selected}
              disabled={fixed}
              onClick={remember}
              onChange={() => onToggle(index, range.current)}
            />
          </td>
        )}
        <Cells row={row} changed={changed} columns={columns} />
      </tr>
    );
  },
  (before, after) =>
    before.row.original === after.row.original &&
    before.index === after.index &&
    before.selected === after.selected &&
    before.fixed === after.fixed &&
    before.onToggle === after.onToggle &&
    before.columns.length === after.columns.length,
);

/** A row's cells; selecting the row does not render them again. */
const Cells = memo(
  function Cells({ row, changed }: Pick<RowProps, "row" | "columns"> & { changed: boolean }) {
    const t = useTranslations("opportunities");
    const titles = useTranslations("opportunities.columns");
    return row.getVisibleCells().map((cell) => (
      <td key={cell.id} data-column={cell.column.id} data-label={titles(cell.column.id as ColumnKey)}>
        {renderCell(cell)}
        {changed && cell.column.id === "contact" && <span className="changed">{t("changed")}</span>}
      </td>
    ));
  },
  (before, after) =>
    before.row.original === after.row.original &&
    before.changed === after.changed &&
    before.columns.length === after.columns.length,
);

type Cell = ReturnType<Row<typeof features, LeadOpportunity>["getVisibleCells"]>[number];

function renderCell(cell: Cell) {
  const definition = cell.column.columnDef.cell;
  return typeof definition === "function" ? definition(cell.getContext()) : null;
}

/** True for some seconds after a row on the screen has changed. */
function useChanged(version: string): boolean {
  const seen = useRef(version);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (seen.current === version) return undefined;
    seen.current = version;
    setChanged(true);
    const timer = window.setTimeout(() => setChanged(false), 6_000);
    return () => window.clearTimeout(timer);
  }, [version]);
  return changed;
}
