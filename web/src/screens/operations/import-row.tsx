import { Table } from "@mantine/core";
import type { Operation } from "@reparto/client";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useFormatter, useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { Moment } from "../../common/time";
import { importQuery } from "../../resources/imports/import";

/** All operations of an import, or of its undo, with the counts of the whole. */
export function ImportRow({ operation, importId }: { operation: Operation; importId: string }) {
  const t = useTranslations("operations");
  const kinds = useTranslations("kind");
  const format = useFormatter();
  const { data } = useQuery(importQuery(importId));
  const made = operation.kind === "import";
  const [done, failed] = made ? [data?.created, data?.skipped] : [data?.undo?.deleted, data?.undo?.kept];
  return (
    <Table.Tr>
      <Table.Td data-label={t("what")}>
        <Link to="/import/$importId" params={{ importId }} className="row-link">
          {kinds(made ? "import" : "undo")}
        </Link>
        <span className="under">{data?.name}</span>
      </Table.Td>
      <Table.Td data-label={t("who")}>{operation.actor_name ?? "–"}</Table.Td>
      <Table.Td data-label={t("when")}>
        <Moment at={operation.at} />
      </Table.Td>
      <Table.Td data-label={t("done")} className="right numbers">
        {done === undefined ? "…" : format.number(done)}
      </Table.Td>
      <Table.Td data-label={t("failed")} className="right numbers">
        {failed === undefined ? "…" : format.number(failed)}
      </Table.Td>
      <Table.Td data-label={t("state")}>{made && data?.undo && <Tag tone="grey">{t("wasUndone")}</Tag>}</Table.Td>
    </Table.Tr>
  );
}
