import { Button, Card, Group, Progress, Table, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { AssignDrawer } from "../../assigning/assign-drawer";
import type { Outcome } from "../../assigning/outcome";
import { ResultPanel } from "../../assigning/result-panel";
import { RoleTag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { Page } from "../../common/page";
import { Empty, Failed, Loading } from "../../common/states";
import { failure } from "../../common/toast";
import { type Selected, selectedOf } from "../../resources/opportunities/selection";
import { useLoads } from "../../resources/users/loads";
import { agentsQuery } from "../../resources/users/users";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";
import { DAYS, useAssignedPerDay } from "./assigned-per-day";
import { Sparkline } from "./sparkline";

const Trend = lazy(() => import("./trend"));

interface HandOver {
  from: { id: string; name: string };
  items: Selected[];
}

/** Each agent's workload and history, with a way to hand all of it to others. */
export function AgentsScreen() {
  const t = useTranslations("agents");
  const format = useFormatter();
  const refresh = useRefresh();
  const agents = useQuery(agentsQuery);
  const rows = agents.data ?? [];
  const loads = useLoads(rows.map((agent) => agent.id));
  const assigned = useAssignedPerDay(rows);
  const mostADay = Math.max(0, ...[...assigned.values()].flat());
  const [handOver, setHandOver] = useState<HandOver | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const collect = useMutation({
    mutationFn: (from: HandOver["from"]) => openOf(from.id).then((items) => ({ from, items })),
    onSuccess: (collected) => (collected.items.length === 0 ? failure(t("nothing")) : setHandOver(collected)),
    onError: (error) => failure(messageOf(error)),
  });
  const most = Math.max(1, ...[...loads.values()].map((load) => load.open));
  return (
    <Page title={t("title")} hint={t("hint")}>
      {outcome !== null && <ResultPanel outcome={outcome} onChange={setOutcome} />}
      {agents.isPending && <Loading />}
      {agents.isError && <Failed error={agents.error} retry={() => void agents.refetch()} />}
      {agents.isSuccess && rows.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
      {rows.length > 0 && (
        <>
          <Card withBorder>
            <Suspense fallback={<Loading />}>
              <Trend agents={rows} assigned={assigned} />
            </Suspense>
          </Card>
          <div className="table-scroll">
            <Table className="table" aria-label={t("title")}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("name")}</Table.Th>
                  <Table.Th>{t("role")}</Table.Th>
                  <Table.Th>{t("open")}</Table.Th>
                  <Table.Th>{t("today")}</Table.Th>
                  <Table.Th>{t("days", { days: DAYS })}</Table.Th>
                  <Table.Th aria-label={t("actions")} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((agent) => {
                  const load = loads.get(agent.id);
                  const quota = agent.daily_lead_quota;
                  return (
                    <Table.Tr key={agent.id}>
                      <Table.Td data-label={t("name")}>
                        <Link to="/opportunities" search={{ assigned_to: agent.id }} className="row-link">
                          {agent.name}
                        </Link>
                        <span className="under">{agent.email}</span>
                      </Table.Td>
                      <Table.Td data-label={t("role")}>
                        <RoleTag role={agent.role_name} />
                      </Table.Td>
                      <Table.Td data-label={t("open")}>
                        <Group gap="xs" wrap="nowrap">
                          <Text size="sm" className="numbers" w={56} ta="right">
                            {load === undefined ? "…" : format.number(load.open)}
                          </Text>
                          <Progress value={load === undefined ? 0 : (100 * load.open) / most} w={110} aria-hidden />
                        </Group>
                      </Table.Td>
                      <Table.Td data-label={t("today")} className="numbers">
                        {load === undefined ? "…" : t("ofQuota", { today: load.today, quota })}
                        {load !== undefined && load.today > quota && <span className="over"> {t("over")}</span>}
                      </Table.Td>
                      <Table.Td data-label={t("days", { days: DAYS })}>
                        <Sparkline counts={assigned.get(agent.id)} most={mostADay} />
                      </Table.Td>
                      <Table.Td className="right">
                        <Button
                          size="compact-sm"
                          variant="default"
                          aria-label={t("handOverName", { name: agent.name })}
                          loading={collect.isPending && collect.variables?.id === agent.id}
                          onClick={() => collect.mutate({ id: agent.id, name: agent.name })}
                        >
                          {t("handOver")}
                        </Button>
                      </Table.Td>
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
      <AssignDrawer
        opened={handOver !== null}
        onClose={() => setHandOver(null)}
        items={handOver?.items ?? []}
        from={handOver?.from ?? { id: "", name: "" }}
        onDone={(result) => {
          setHandOver(null);
          setOutcome(result);
          refresh();
        }}
      />
    </Page>
  );
}

/** All open opportunities of a user. */
async function openOf(id: string): Promise<Selected[]> {
  const items: Selected[] = [];
  for (const status of ["assigned", "contacted", "pending"] as const) {
    for await (const opportunity of api.opportunityApi.all({ assigned_to: id, status }))
      items.push(selectedOf(opportunity));
  }
  return items;
}
