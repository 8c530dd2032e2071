import { Group, MultiSelect, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { useLoads } from "./loads";
import { useAgents } from "./users";

interface Props {
  label: string;
  description?: string;
  value: string[];
  onChange: (ids: string[]) => void;
  /** The id of a user who cannot be picked. */
  without?: string;
  error?: string;
  /** The most users that can be picked. */
  most?: number;
}

/** Picks agents by name, showing each one's workload and quota. */
export function AgentPicker({ label, description, value, onChange, without, error, most }: Props) {
  const t = useTranslations("picker");
  const agents = useAgents().filter((agent) => agent.id !== without);
  const loads = useLoads(agents.map((agent) => agent.id));
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  return (
    <MultiSelect
      label={label}
      description={description}
      error={error}
      placeholder={value.length === 0 ? t("placeholder") : undefined}
      data={agents.map((agent) => ({ value: agent.id, label: agent.name }))}
      value={value}
      onChange={onChange}
      searchable
      {...(most === undefined ? {} : { maxValues: most })}
      hidePickedOptions
      maxDropdownHeight={320}
      withScrollArea={false}
      nothingFoundMessage={t("nobody")}
      comboboxProps={{ shadow: "md" }}
      clearButtonProps={{ "aria-label": t("clear") }}
      clearable
      renderOption={({ option }) => {
        const agent = byId.get(option.value);
        const load = loads.get(option.value);
        return (
          <Group justify="space-between" wrap="nowrap" w="100%" gap="sm">
            <div>
              <Text size="sm">{option.label}</Text>
              <Text size="xs" c="dimmed">
                {agent?.email}
              </Text>
            </div>
            {load !== undefined && (
              <Text size="xs" c="dimmed" ta="right" className="numbers">
                {t("open", { count: load.open })}
                <br />
                {t("today", { today: load.today, quota: agent?.daily_lead_quota ?? 0 })}
              </Text>
            )}
          </Group>
        );
      }}
    />
  );
}
