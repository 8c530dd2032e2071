import { Alert, Button, Card, Group, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { StatusTag } from "../../common/badges";
import { Page } from "../../common/page";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { NameOf } from "../../resources/opportunities/name-of";
import { useNames } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { UndoButton } from "./undo-button";

const route = getRouteApi("/administrators/operations/$operationId");
const STEP = 25;

/** One operation, item by item. */
export function OperationScreen() {
  const t = useTranslations("operation");
  const kinds = useTranslations("kind");
  const names = useNames();
  const { operationId } = route.useParams();
  const [shown, setShown] = useState(STEP);
  const query = useQuery({
    queryKey: keys.operations.one(operationId),
    queryFn: ({ signal }) => api.operationApi.get(operationId, { signal }),
  });
  if (query.isPending) return <Loading />;
  if (query.data === undefined) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const operation = query.data;
  const name = (id: string | null): string => (id === null ? t("nobody") : (names(id) ?? id));
  return (
    <Page
      title={kinds(operation.kind)}
      hint={
        <>
          {operation.actor_name ?? "–"} · <Moment at={operation.at} /> ·{" "}
          {t("counts", { done: operation.assigned_count, failed: operation.failed_count })}
        </>
      }
      actions={
        <>
          <UndoButton operation={operation} />
          <Button component={Link} to="/operations" variant="default" size="compact-sm">
            {t("back")}
          </Button>
        </>
      }
    >
      {operation.undone_by !== null && (
        <Alert color="gray">
          {t("wasUndone")}{" "}
          <Link to="/operations/$operationId" params={{ operationId: operation.undone_by }}>
            {t("seeUndo")}
          </Link>
        </Alert>
      )}
      {operation.job_id !== null && (
        <Text size="sm">
          {t("ofJob")}{" "}
          <Link to="/jobs/$jobId" params={{ jobId: operation.job_id }}>
            {t("seeJob")}
          </Link>
        </Text>
      )}
      {operation.import_id !== null && (
        <Text size="sm">
          {t("ofImport")}{" "}
          <Link to="/import/$importId" params={{ importId: operation.import_id }}>
            {t("seeImport")}
          </Link>
        </Text>
      )}
      {operation.note && (
        <Card withBorder>
          <Text size="sm" className="multiline">
            {operation.note}
          </Text>
        </Card>
      )}
      <div className="table-scroll">
        <Table className="table" aria-label={t("items")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("opportunity")}</Table.Th>
              <Table.Th>{t("from")}</Table.Th>
              <Table.Th>{t("to")}</Table.Th>
              <Table.Th>{t("status")}</Table.Th>
              <Table.Th>{t("since")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {operation.items.slice(0, shown).map((item) => {
              const touch = item.touched_by[0];
              return (
                <Table.Tr key={item.opportunity_id}>
                  <Table.Td data-label={t("opportunity")}>
                    <Link
                      to="/opportunities/$opportunityId"
                      params={{ opportunityId: item.opportunity_id }}
                      className="row-link"
                    >
                      <NameOf opportunityId={item.opportunity_id} />
                    </Link>
                  </Table.Td>
                  <Table.Td data-label={t("from")}>{name(item.from_id)}</Table.Td>
                  <Table.Td data-label={t("to")}>{name(item.to_id)}</Table.Td>
                  <Table.Td data-label={t("status")}>
                    {item.previous_status !== null && item.previous_status !== item.new_status && (
                      <>
                        <StatusTag status={item.previous_status} /> →{" "}
                      </>
                    )}
                    <StatusTag status={item.new_status} />
                  </Table.Td>
                  <Table.Td data-label={t("since")}>
                    {touch === undefined ? (
                      "–"
                    ) : (
                      <Link to="/operations/$operationId" params={{ operationId: touch.operation_id }}>
                        {t("touched", { name: name(touch.actor_id) })}
                      </Link>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
      {operation.items.length > shown && (
        <Group justify="center">
          <Button variant="default" onClick={() => setShown((count) => count + STEP)}>
            {t("more", { count: operation.items.length - shown })}
          </Button>
        </Group>
      )}
    </Page>
  );
}
