import { Table } from "@mantine/core";
import type { ImportRow } from "@reparto/client";
import { Link } from "@tanstack/react-router";
import { useFormatter, useTranslations } from "use-intl";
import { Tag } from "../../common/badges";

const TONES: Record<ImportRow["outcome"], string> = {
  created: "green",
  completed: "blue",
  unchanged: "grey",
  skipped: "red",
};

/** Rows of a file, what becomes of each, and why. */
export function RowTable({ rows, label }: { rows: readonly ImportRow[]; label: string }) {
  const t = useTranslations("imports");
  const outcomes = useTranslations("importOutcome");
  const report = useTranslations("importReport");
  const format = useFormatter();
  return (
    <div className="table-scroll">
      <Table className="table" aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("line")}</Table.Th>
            <Table.Th>{t("fate")}</Table.Th>
            <Table.Th>{t("reason")}</Table.Th>
            <Table.Th>{t("row")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.line}>
              <Table.Td data-label={t("line")} className="numbers">
                {format.number(row.line)}
              </Table.Td>
              <Table.Td data-label={t("fate")}>
                {isGone(row) ? (
                  <Tag tone="sand">{outcomes("deleted")}</Tag>
                ) : (
                  <Tag tone={TONES[row.outcome]}>{outcomes(row.outcome)}</Tag>
                )}
              </Table.Td>
              <Table.Td data-label={t("reason")} className="wide">
                {row.text}
              </Table.Td>
              <Table.Td data-label={t("row")} className="wide">
                {row.cells === null ? (
                  <span className="nobody">{report("cellsGone")}</span>
                ) : row.opportunity_id && !isGone(row) ? (
                  <Link
                    to="/opportunities/$opportunityId"
                    params={{ opportunityId: row.opportunity_id }}
                    className="row-link cells"
                  >
                    {shownOf(row.cells) || report("open")}
                  </Link>
                ) : (
                  <span className="cells">{shownOf(row.cells)}</span>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Whether what a row created is not there any more: its import was undone. */
const isGone = ({ undo }: ImportRow): boolean => undo === "deleted" || undo === "gone";

const shownOf = (cells: readonly string[]): string => cells.filter(Boolean).join(" · ");
