import { Alert, Checkbox, Drawer, Stack, Table, Text, Textarea } from "@mantine/core";
import { useMemo, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { AllMatching, Selected } from "../resources/opportunities/selection";
import { AgentPicker } from "../resources/users/agent-picker";
import { useLoads } from "../resources/users/loads";
import { useAgents } from "../resources/users/users";
import type { Outcome } from "./outcome";
import { dealEvenly, type Taken, takenFrom } from "./plan";
import { useDoNotContactCount, useTakenFromMatching } from "./preview";
import { runAssign, runAssignMatching } from "./run";
import { RunButtons, RunState } from "./run-state";
import { useRun } from "./use-run";

interface Props {
  opened: boolean;
  onClose: () => void;
  items: readonly Selected[];
  /** Everything that matches, in place of `items`. It goes to one person: without reading it, it cannot be dealt. */
  allMatching?: AllMatching | null;
  /** The user whose opportunities are handed over. */
  from?: { id: string; name: string };
  onDone: (outcome: Outcome) => void;
}

/** Shows who gets how many, and from whom, before anything is assigned. */
export function AssignDrawer({ opened, onClose, ...rest }: Props) {
  const t = useTranslations("assign");
  const count = rest.allMatching?.total ?? rest.items.length;
  const title = rest.from === undefined ? t("title", { count }) : t("handOver", { name: rest.from.name });
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

function Body({ items, allMatching = null, from, onDone, onClose }: Omit<Props, "opened">) {
  const t = useTranslations("assign");
  const format = useFormatter();
  const [agentIds, setAgentIds] = useState<string[]>([]);
  const [note, setNote] = useState("");
  const [skipReassigned, setSkipReassigned] = useState(true);
  const [includeDoNotContact, setInclude] = useState(false);
  const unwilling = useDoNotContactCount(items, allMatching);
  const agents = new Map(useAgents().map((agent) => [agent.id, agent]));
  const loads = useLoads(agentIds);
  const shares = useMemo(() => dealEvenly(items, agentIds), [items, agentIds]);
  const count = allMatching?.total ?? items.length;
  const takenFromMatching = useTakenFromMatching(allMatching);
  const taken = allMatching === null ? takenFrom(shares) : takenFromMatching.filter(({ id }) => id !== agentIds[0]);
  const { mutation, progress, stop } = useRun((options) => {
    const all = { ...options, note: note.trim(), onlyIfUnchanged: skipReassigned, includeDoNotContact };
    const [only = ""] = agentIds;
    return allMatching === null ? runAssign(shares, all) : runAssignMatching(allMatching, only, all);
  }, onDone);
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {allMatching === null ? t("hint", { count }) : t("hintWhole")}
      </Text>
      <AgentPicker
        label={t("to")}
        value={agentIds}
        onChange={setAgentIds}
        {...(allMatching === null ? {} : { most: 1 })}
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
              const gets = allMatching?.total ?? share.items.length;
              const after = before === undefined ? undefined : before + gets;
              return (
                <Table.Tr key={share.agentId}>
                  <Table.Td>{agents.get(share.agentId)?.name ?? share.agentId}</Table.Td>
                  <Table.Td ta="right" className="numbers">
                    +{format.number(gets)}
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
      {from === undefined && <TakenAlert taken={taken} />}
      <Textarea
        label={t("note")}
        description={t("noteHint")}
        maxLength={2000}
        autosize
        minRows={2}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {unwilling > 0 && (
        <Checkbox
          label={t("doNotContact", { count: unwilling })}
          description={t("doNotContactHint")}
          checked={includeDoNotContact}
          onChange={(event) => setInclude(event.currentTarget.checked)}
        />
      )}
      {allMatching === null && (
        <Checkbox
          label={t("skipReassigned")}
          description={t("skipReassignedHint")}
          checked={skipReassigned}
          onChange={(event) => setSkipReassigned(event.currentTarget.checked)}
        />
      )}
      <RunState progress={progress} error={mutation.error} override={t("assignAnyway")} />
      <RunButtons
        pending={mutation.isPending}
        stoppable={progress !== null}
        onStop={stop}
        onCancel={onClose}
        onSubmit={() => mutation.mutate()}
        disabled={agentIds.length === 0 || count === 0}
        submit={from === undefined ? t("submit", { count }) : t("submitHandOver", { count })}
      />
    </Stack>
  );
}

/** Warns from whom opportunities would be taken. */
function TakenAlert({ taken }: { taken: readonly Taken[] }) {
  const t = useTranslations("assign");
  if (taken.length === 0) return null;
  return (
    <Alert color="yellow" title={t("takenTitle", { count: taken.reduce((sum, one) => sum + one.count, 0) })}>
      <ul className="plain-list">
        {taken.slice(0, 8).map((one) => (
          <li key={one.id}>{t("takenFrom", { count: one.count, name: one.name })}</li>
        ))}
        {taken.length > 8 && <li>{t("andMore", { count: taken.length - 8 })}</li>}
      </ul>
    </Alert>
  );
}
