import { Alert, Button, Checkbox, Drawer, Group, Progress, Stack, Table, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { Selected } from "../screens/opportunities/selection";
import { AgentPicker } from "./agent-picker";
import { useAgents, useLoads } from "./agents";
import { dealEvenly, takenFrom } from "./plan";
import { type Outcome, runAssign } from "./run";

interface Props {
  opened: boolean;
  onClose: () => void;
  items: readonly Selected[];
  /** Who gives the work away, where it is handed over. */
  from?: { id: string; name: string };
  onDone: (outcome: Outcome) => void;
}

/** Says who gets how many, and from whom, before anything is written. */
export function AssignDrawer({ opened, onClose, ...rest }: Props) {
  const t = useTranslations("assign");
  const title =
    rest.from === undefined ? t("title", { count: rest.items.length }) : t("handOver", { name: rest.from.name });
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="md"
      title={title}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Body {...rest} onClose={onClose} />
    </Drawer>
  );
}

function Body({ items, from, onDone, onClose }: Omit<Props, "opened">) {
  const t = useTranslations("assign");
  const format = useFormatter();
  const [agentIds, setAgentIds] = useState<string[]>([]);
  const [note, setNote] = useState("");
  const [careful, setCareful] = useState(true);
  const [progress, setProgress] = useState<number | null>(null);
  const agents = new Map(useAgents().map((agent) => [agent.id, agent]));
  const loads = useLoads(agentIds);
  const shares = dealEvenly(items, agentIds);
  const taken = takenFrom(shares);
  const run = useMutation({
    mutationFn: () =>
      runAssign(shares, {
        onlyIfUnchanged: careful,
        note: note.trim(),
        onProgress: (done, total) => setProgress((100 * done) / total),
      }),
    onSuccess: onDone,
    onSettled: () => setProgress(null),
  });
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("hint", { count: items.length })}
      </Text>
      <AgentPicker
        label={t("to")}
        value={agentIds}
        onChange={setAgentIds}
        {...(from === undefined ? {} : { without: from.id })}
      />
      {shares.length > 0 && (
        <Table aria-label={t("preview")} className="preview">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("agent")}</Table.Th>
              <Table.Th ta="right">{t("gets")}</Table.Th>
              <Table.Th ta="right">{t("today")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shares.map((share) => {
              const quota = agents.get(share.agentId)?.daily_lead_quota ?? 0;
              const before = loads.get(share.agentId)?.today;
              const after = before === undefined ? undefined : before + share.items.length;
              return (
                <Table.Tr key={share.agentId}>
                  <Table.Td>{agents.get(share.agentId)?.name ?? share.agentId}</Table.Td>
                  <Table.Td ta="right" className="numbers">
                    +{format.number(share.items.length)}
                  </Table.Td>
                  <Table.Td ta="right" className="numbers">
                    {after === undefined ? "…" : t("ofQuota", { after, quota })}
                    {after !== undefined && after > quota && <span className="over"> {t("over")}</span>}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      )}
      {from === undefined && taken.length > 0 && (
        <Alert color="yellow" title={t("takenTitle", { count: taken.reduce((sum, one) => sum + one.count, 0) })}>
          <ul className="plain-list">
            {taken.slice(0, 8).map((one) => (
              <li key={one.id}>{t("takenFrom", { count: one.count, name: one.name })}</li>
            ))}
            {taken.length > 8 && <li>{t("andMore", { count: taken.length - 8 })}</li>}
          </ul>
        </Alert>
      )}
      <Textarea
        label={t("note")}
        description={t("noteHint")}
        maxLength={2000}
        autosize
        minRows={2}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Checkbox
        label={t("careful")}
        description={t("carefulHint")}
        checked={careful}
        onChange={(event) => setCareful(event.currentTarget.checked)}
      />
      {progress !== null && <Progress value={progress} aria-label={t("progress")} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} disabled={run.isPending}>
          {t("cancel")}
        </Button>
        <Button
          onClick={() => run.mutate()}
          disabled={agentIds.length === 0 || items.length === 0}
          loading={run.isPending}
        >
          {from === undefined ? t("submit", { count: items.length }) : t("submitHandOver", { count: items.length })}
        </Button>
      </Group>
    </Stack>
  );
}
