import { BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Text, Title } from "@mantine/core";
import type { CrmUser } from "@reparto/client";
import { useQueries } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";
import { api } from "../../app/api";
import { isGift, startOfDay } from "../../assigning/agents";

const DAYS = 14;
/** More series than this cannot be told apart. */
const SERIES_MAX = 12;
const COLOURS = [
  "indigo.7",
  "teal.6",
  "orange.6",
  "grape.6",
  "cyan.6",
  "red.6",
  "lime.7",
  "pink.6",
  "yellow.7",
  "blue.5",
  "green.8",
  "violet.5",
];

/** How many opportunities each agent was given per day. */
export default function Trend({ agents }: { agents: CrmUser[] }) {
  const t = useTranslations("agents");
  const format = useFormatter();
  const shown = agents.slice(0, SERIES_MAX);
  const from = startOfDay(DAYS - 1).toISOString();
  const days = Array.from({ length: DAYS }, (_, index) => startOfDay(DAYS - 1 - index));
  const given = useQueries({
    queries: shown.map(({ id }) => ({
      queryKey: ["trend", id, from],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.operationApi.list({ assignee_id: id, from, limit: 1000 }, { signal }).then((page) => page.items),
      staleTime: 60_000,
    })),
  });
  const data = days.map((day) => {
    const next = new Date(day);
    next.setDate(next.getDate() + 1);
    const row: Record<string, string | number> = { day: format.dateTime(day, { day: "numeric", month: "short" }) };
    shown.forEach((agent, index) => {
      row[agent.name] = (given[index]?.data ?? [])
        .filter((operation) => {
          const moment = new Date(operation.at);
          return moment >= day && moment < next && isGift(operation);
        })
        .reduce((sum, operation) => sum + operation.assigned_count, 0);
    });
    return row;
  });
  const total = data.reduce((sum, row) => sum + shown.reduce((all, agent) => all + Number(row[agent.name] ?? 0), 0), 0);
  return (
    <figure className="chart">
      <Title order={2} size="h4">
        {t("trend")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {total > 0 ? t("trendHint", { total, days: DAYS }) : t("trendNone", { days: DAYS })}
      </Text>
      {total > 0 && (
        <div aria-hidden>
          <BarChart
            barChartProps={{ accessibilityLayer: false }}
            h={220}
            data={data}
            dataKey="day"
            yAxisProps={{ allowDecimals: false }}
            type="stacked"
            withLegend={false}
            series={shown.map((agent, index) => ({
              name: agent.name,
              color: COLOURS[index % COLOURS.length] ?? "indigo.7",
            }))}
            valueFormatter={(value) => format.number(value)}
          />
        </div>
      )}
    </figure>
  );
}
