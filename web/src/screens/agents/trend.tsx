import { BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Text, Title } from "@mantine/core";
import type { CrmUser } from "@reparto/client";
import { useFormatter, useTranslations } from "use-intl";
import { DAYS, days } from "./assigned-per-day";

/** More series than this are hard to tell apart. */
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

interface Props {
  agents: CrmUser[];
  assigned: ReadonlyMap<string, number[]>;
}

/** A chart of the opportunities assigned per day and agent. */
export default function Trend({ agents, assigned }: Props) {
  const t = useTranslations("agents");
  const format = useFormatter();
  const shown = agents.slice(0, SERIES_MAX);
  const data = days().map((day, index) => ({
    day: format.dateTime(day, { day: "numeric", month: "short" }),
    ...Object.fromEntries(shown.map(({ id, name }): [string, number] => [name, assigned.get(id)?.[index] ?? 0])),
  })) as Array<Record<string, string | number>>;
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
