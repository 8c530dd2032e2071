import { Alert, Button, CloseButton, Group, Stack, Table, Text } from "@mantine/core";
import { IconArrowBackUp, IconPhoneOff, IconRefresh } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../common/errors";
import { ScrollRegion } from "../common/scroll-region";
import { failure, success } from "../common/toast";
import type { Selected } from "../resources/opportunities/selection";
import { useNames } from "../resources/users/users";
import { useRefresh } from "../service/refresh";
import { DO_NOT_CONTACT, type FailedItem, type Outcome } from "./outcome";
import type { Share } from "./plan";
import { runAssign, runSetStatus, runUnassign } from "./run";
import { runUndo } from "./run-undo";

const SHOWN = 50;

const DONE = { assign: "assigned", unassign: "unassigned", status: "statusSet" } as const;
const RETRY = { assign: "retryAssign", unassign: "retryUnassign", status: "retryStatus" } as const;

/** The result of a run: what was done, what was not and why, with ways to retry and to undo. */
export function ResultPanel(props: { outcome: Outcome; onChange: (outcome: Outcome | null) => void }) {
  const { outcome, onChange } = props;
  const t = useTranslations("result");
  const statuses = useTranslations("status");
  const names = useNames();
  const job = outcome.steps.flatMap((step) => ("job" in step ? [step.job] : []))[0];
  const refresh = useRefresh();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => panel.current?.focus(), []);

  const undo = useMutation({
    mutationFn: () => runUndo(outcome.steps),
    onSuccess: ({ undone, failed }) => {
      success(failed === 0 ? t("undone", { count: undone }) : t("undonePartly", { count: undone, failed }));
      onChange(null);
    },
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
  const retry = useMutation({
    mutationFn: ({ includeDoNotContact = false, items }: Retry) => retryFailed(outcome, items, includeDoNotContact),
    onSuccess: (next, { items }) => onChange(combine(outcome, next, items)),
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
  const unwilling = outcome.failedItems.filter(({ code }) => code === DO_NOT_CONTACT);
  const others = outcome.failedItems.filter(({ code }) => code !== DO_NOT_CONTACT);
  const retrying = (items: FailedItem[]): boolean => retry.isPending && retry.variables.items.length === items.length;

  const color = outcome.failed === 0 && outcome.stopped === null ? "teal" : outcome.done > 0 ? "yellow" : "red";
  const perAgent = [...outcome.perAgent].filter(([, count]) => count > 0);
  return (
    <Alert color={color} className="result" role="status" tabIndex={-1} ref={panel} aria-label={t("title")}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4}>
          <Text fw={600}>
            {t(DONE[outcome.kind], { count: outcome.done })}
            {outcome.status !== undefined && `: ${statuses(outcome.status)}`}
          </Text>
          {perAgent.length > 0 && (
            <Text size="sm">
              {perAgent.map(([id, count]) => t("agentGot", { name: names(id) ?? id, count })).join(" · ")}
            </Text>
          )}
          {outcome.cancelled && <Text size="sm">{t("cancelled", { count: outcome.failed })}</Text>}
          {job !== undefined && (
            <Link to="/jobs/$jobId" params={{ jobId: job }}>
              {t("seeJob")}
            </Link>
          )}
          {outcome.stopped !== null && <Text size="sm">{t("stopped", { reason: messageOf(outcome.stopped) })}</Text>}
        </Stack>
        <Group gap="xs" wrap="nowrap">
          {outcome.steps.length > 0 && outcome.done > 0 && (
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
      {outcome.failedItems.length > 0 && (
        <Stack gap="xs" mt="sm">
          <Group justify="space-between">
            <Text size="sm" fw={600}>
              {t("failedItems", { count: outcome.failed })}
            </Text>
            {outcome.failedItems.length === outcome.failed && (
              <Group gap="xs">
                {others.length > 0 && (
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<IconRefresh size={16} aria-hidden />}
                    onClick={() => retry.mutate({ items: others })}
                    loading={retrying(others)}
                  >
                    {t(RETRY[outcome.kind])}
                  </Button>
                )}
                {unwilling.length > 0 && (
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<IconPhoneOff size={16} aria-hidden />}
                    onClick={() => retry.mutate({ items: unwilling, includeDoNotContact: true })}
                    loading={retrying(unwilling)}
                  >
                    {t("includeDoNotContact", { count: unwilling.length })}
                  </Button>
                )}
              </Group>
            )}
          </Group>
          <ScrollRegion className="result-scroll" label={t("failedItems", { count: outcome.failed })}>
            <Table>
              <Table.Tbody>
                {outcome.failedItems.slice(0, SHOWN).map(({ item, error }) => (
                  <Table.Tr key={item.id}>
                    <Table.Td>{item.name}</Table.Td>
                    <Table.Td>{error}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollRegion>
          {outcome.failed > SHOWN && (
            <Text size="sm">
              {t("andMore", { count: outcome.failed - Math.min(SHOWN, outcome.failedItems.length) })}
            </Text>
          )}
        </Stack>
      )}
    </Alert>
  );
}

interface Retry {
  items: FailedItem[];
  includeDoNotContact?: boolean;
}

/** Repeats the run for items that failed, whoever holds them now. */
function retryFailed(
  { kind, status }: Outcome,
  failedItems: readonly FailedItem[],
  includeDoNotContact: boolean,
): Promise<Outcome> {
  const options = { onlyIfUnchanged: false, includeDoNotContact };
  const items = failedItems.map(({ item }) => item);
  if (kind === "unassign") return runUnassign(items, options);
  if (status !== undefined) return runSetStatus(items, status, options);
  const shares = new Map<string, Selected[]>();
  for (const { agentId, item } of failedItems as Array<FailedItem & { agentId: string }>) {
    shares.set(agentId, [...(shares.get(agentId) ?? []), item]);
  }
  return runAssign(
    Array.from(shares, ([agentId, items]): Share => ({ agentId, items })),
    options,
  );
}

/** Combines a run and the retry of some of its failed items into one outcome, so that it can be undone as one. */
function combine(first: Outcome, second: Outcome, retried: readonly FailedItem[]): Outcome {
  const perAgent = new Map(first.perAgent);
  for (const [id, count] of second.perAgent) perAgent.set(id, (perAgent.get(id) ?? 0) + count);
  const left = first.failedItems.filter((one) => !retried.includes(one));
  return {
    ...second,
    done: first.done + second.done,
    failed: left.length + second.failed,
    failedItems: [...left, ...second.failedItems],
    perAgent,
    steps: [...first.steps, ...second.steps],
  };
}
