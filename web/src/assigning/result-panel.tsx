import { Alert, Button, CloseButton, Group, Stack, Table, Text } from "@mantine/core";
import { IconArrowBackUp, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../app/api";
import { ScrollRegion } from "../common/scroll-region";
import { failure, success } from "../common/toast";
import type { Selected } from "../screens/opportunities/selection";
import { useNames } from "./agents";
import type { Share } from "./plan";
import { type Missed, type Outcome, runAssign, runUnassign, runUndo } from "./run";

const SHOWN = 50;

/** What was assigned and what not, with the reason; retry and Undo. */
export function ResultPanel(props: { outcome: Outcome; onChange: (outcome: Outcome | null) => void }) {
  const { outcome, onChange } = props;
  const t = useTranslations("result");
  const names = useNames();
  const client = useQueryClient();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const refresh = (): void => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });

  const undo = useMutation({
    mutationFn: () => runUndo(outcome.operationIds),
    onSuccess: ({ undone, errors }) => {
      success(
        errors.length === 0
          ? t("undone", { count: undone })
          : t("undonePartly", { count: undone, failed: errors.length }),
      );
      onChange(null);
    },
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
  const retry = useMutation({
    mutationFn: () => again(outcome),
    onSuccess: (next) => onChange(joined(outcome, next)),
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });

  const color = outcome.missed.length === 0 && outcome.stopped === null ? "teal" : outcome.done > 0 ? "yellow" : "red";
  const perAgent = [...outcome.perAgent].filter(([, count]) => count > 0);
  return (
    <Alert color={color} className="result" role="status" tabIndex={-1} ref={panel} aria-label={t("title")}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4}>
          <Text fw={600}>
            {outcome.kind === "assign"
              ? t("assigned", { count: outcome.done })
              : t("unassigned", { count: outcome.done })}
          </Text>
          {perAgent.length > 0 && (
            <Text size="sm">
              {perAgent.map(([id, count]) => t("agentGot", { name: names(id) ?? id, count })).join(" · ")}
            </Text>
          )}
          {outcome.stopped !== null && <Text size="sm">{t("stopped", { reason: messageOf(outcome.stopped) })}</Text>}
        </Stack>
        <Group gap="xs" wrap="nowrap">
          {outcome.operationIds.length > 0 && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconArrowBackUp size={16} aria-hidden />}
              onClick={() => undo.mutate()}
              loading={undo.isPending}
            >
              {t("undo")}
            </Button>
          )}
          <CloseButton aria-label={t("close")} onClick={() => onChange(null)} />
        </Group>
      </Group>
      {outcome.missed.length > 0 && (
        <Stack gap="xs" mt="sm">
          <Group justify="space-between">
            <Text size="sm" fw={600}>
              {t("missed", { count: outcome.missed.length })}
            </Text>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconRefresh size={16} aria-hidden />}
              onClick={() => retry.mutate()}
              loading={retry.isPending}
            >
              {outcome.kind === "assign" ? t("retryAssign") : t("retryUnassign")}
            </Button>
          </Group>
          <ScrollRegion className="result-scroll" label={t("missed", { count: outcome.missed.length })}>
            <Table>
              <Table.Tbody>
                {outcome.missed.slice(0, SHOWN).map(({ item, error }) => (
                  <Table.Tr key={item.id}>
                    <Table.Td>{item.name}</Table.Td>
                    <Table.Td>{error}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollRegion>
          {outcome.missed.length > SHOWN && (
            <Text size="sm">{t("andMore", { count: outcome.missed.length - SHOWN })}</Text>
          )}
        </Stack>
      )}
    </Alert>
  );
}

/** The same for what was missed, whoever holds it now. */
function again({ kind, missed }: Outcome): Promise<Outcome> {
  const options = { onlyIfUnchanged: false };
  if (kind === "unassign")
    return runUnassign(
      missed.map(({ item }) => item),
      options,
    );
  const shares = new Map<string, Selected[]>();
  for (const { agentId, item } of missed as Array<Missed & { agentId: string }>) {
    shares.set(agentId, [...(shares.get(agentId) ?? []), item]);
  }
  return runAssign(
    Array.from(shares, ([agentId, items]): Share => ({ agentId, items })),
    options,
  );
}

/** Both as one, so that Undo takes back the whole. */
function joined(first: Outcome, second: Outcome): Outcome {
  const perAgent = new Map(first.perAgent);
  for (const [id, count] of second.perAgent) perAgent.set(id, (perAgent.get(id) ?? 0) + count);
  return {
    ...second,
    done: first.done + second.done,
    perAgent,
    operationIds: [...first.operationIds, ...second.operationIds],
  };
}
