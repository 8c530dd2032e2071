import {
  ActionIcon,
  Alert,
  Button,
  Card,
  Grid,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { Outcome } from "../../assigning/outcome";
import type { AgentCount } from "../../assigning/plan";
import { ResultPanel } from "../../assigning/result-panel";
import { LazyDayRange } from "../../common/lazy-day-range";
import { Page } from "../../common/page";
import { Failed } from "../../common/states";
import { PRIORITIES } from "../../resources/opportunities/search";
import { AgentPicker } from "../../resources/users/agent-picker";
import { useAgents } from "../../resources/users/users";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useRefresh } from "../../service/refresh";
import { type DealFilter, type DealMode, deal, freeQuery } from "./deal";

const DEFAULT = 20;

/** Assigns a number of available opportunities to each of several agents, the best ones or at random. */
export function DealScreen() {
  const t = useTranslations("deal");
  const priorities = useTranslations("priority");
  const format = useFormatter();
  const refresh = useRefresh();
  const agents = useAgents();
  const [counts, setCounts] = useState<AgentCount[]>([]);
  const [mode, setMode] = useState<DealMode>("score");
  const [filter, setFilter] = useState<DealFilter>({});
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const free = useQuery({
    queryKey: keys.counts.available(freeQuery(filter)),
    queryFn: ({ signal }) => api.opportunityApi.list({ ...freeQuery(filter), limit: 1 }, { signal }),
  });
  const run = useMutation({
    mutationFn: () => deal(counts, mode, filter),
    onSuccess: setOutcome,
    onSettled: refresh,
  });
  const names = new Map(agents.map((agent) => [agent.id, agent.name]));
  const total = counts.reduce((sum, one) => sum + one.count, 0);
  const available = free.data?.total;
  const pick = (ids: string[]): void =>
    setCounts((before) => ids.map((id) => before.find((one) => one.agentId === id) ?? { agentId: id, count: DEFAULT }));
  const setCount = (agentId: string, count: number | string): void =>
    setCounts((before) =>
      before.map((one) => (one.agentId === agentId ? { ...one, count: typeof count === "number" ? count : 0 } : one)),
    );
  const score = (value: number | string): number | undefined => (typeof value === "number" ? value : undefined);
  return (
    <Page title={t("title")} hint={t("hint")}>
      {outcome !== null && <ResultPanel outcome={outcome} onChange={setOutcome} />}
      {run.isError && <Failed error={run.error} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Card withBorder>
            <Stack gap="sm">
              <div>
                <Text size="sm" fw={500} mb={4} id="deal-mode">
                  {t("how")}
                </Text>
                <SegmentedControl
                  fullWidth
                  aria-labelledby="deal-mode"
                  value={mode}
                  onChange={(value) => setMode(value as DealMode)}
                  data={[
                    { value: "score", label: t("byScore") },
                    { value: "random", label: t("atRandom") },
                  ]}
                />
                <Text size="xs" c="dimmed" mt={4}>
                  {mode === "score" ? t("byScoreHint") : t("atRandomHint")}
                </Text>
              </div>
              <Select
                label={t("priority")}
                placeholder={t("all")}
                clearable
                clearButtonProps={{ "aria-label": t("clearOne") }}
                data={PRIORITIES.map((value) => ({ value, label: priorities(value) }))}
                value={filter.priority ?? null}
                onChange={(priority) => setFilter((before) => ({ ...before, priority: priority ?? undefined }))}
              />
              <LazyDayRange
                label={t("detected")}
                placeholder={t("anyDay")}
                clearLabel={t("clearOne")}
                w="100%"
                from={filter.from}
                to={filter.to}
                onChange={(from, to) => setFilter((before) => ({ ...before, from, to }))}
              />
              <Group grow>
                <NumberInput
                  label={t("minScore")}
                  min={0}
                  max={100}
                  hideControls
                  value={filter.min_score ?? ""}
                  onChange={(value) => setFilter((before) => ({ ...before, min_score: score(value) }))}
                />
                <NumberInput
                  label={t("maxScore")}
                  min={0}
                  max={100}
                  hideControls
                  value={filter.max_score ?? ""}
                  onChange={(value) => setFilter((before) => ({ ...before, max_score: score(value) }))}
                />
              </Group>
              <Text size="sm" role="status" className="numbers">
                {available === undefined ? "…" : t("free", { count: available })}
              </Text>
            </Stack>
          </Card>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Card withBorder>
            <Stack gap="sm">
              <AgentPicker label={t("agents")} value={counts.map((one) => one.agentId)} onChange={pick} />
              {counts.length > 0 && (
                <Table aria-label={t("shares")} className="preview">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("agent")}</Table.Th>
                      <Table.Th>{t("number")}</Table.Th>
                      <Table.Th aria-label={t("remove")} />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {counts.map((one) => {
                      const name = names.get(one.agentId) ?? one.agentId;
                      return (
                        <Table.Tr key={one.agentId}>
                          <Table.Td>{name}</Table.Td>
                          <Table.Td>
                            <NumberInput
                              aria-label={t("numberFor", { name })}
                              size="xs"
                              w={110}
                              min={1}
                              max={1000}
                              allowDecimal={false}
                              value={one.count}
                              onChange={(count) => setCount(one.agentId, count)}
                            />
                          </Table.Td>
                          <Table.Td ta="right">
                            <ActionIcon
                              variant="subtle"
                              color="gray"
                              aria-label={t("removeName", { name })}
                              onClick={() =>
                                setCounts((before) => before.filter(({ agentId }) => agentId !== one.agentId))
                              }
                            >
                              <IconX size={16} aria-hidden />
                            </ActionIcon>
                          </Table.Td>
                        </Table.Tr>
                      );
                    })}
                  </Table.Tbody>
                </Table>
              )}
              {available !== undefined && total > available && (
                <Alert color="yellow">{t("tooMany", { total, available })}</Alert>
              )}
              <Group justify="flex-end">
                <Button
                  disabled={counts.length === 0 || counts.some((one) => one.count < 1) || available === 0}
                  loading={run.isPending}
                  onClick={() => run.mutate()}
                >
                  {t("submit", { count: format.number(Math.min(total, available ?? total)) })}
                </Button>
              </Group>
            </Stack>
          </Card>
        </Grid.Col>
      </Grid>
    </Page>
  );
}
