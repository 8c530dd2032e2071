import { Button, Card, Group, SegmentedControl, Stack, Text, TextInput, Title } from "@mantine/core";
import type { AttemptStatus, LeadOpportunity } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { Moment } from "../../common/time";
import { failure, success } from "../../common/toast";
import { api } from "../../service/api";
import { useRefresh } from "../../service/refresh";
import { useCanEdit } from "./change";

const MAX = 5;
const TONES: Record<AttemptStatus, string> = { orange: "sand", red: "red", green: "green" };

/** The attempts at the first call, with a form for the next one. */
export function Attempts({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("attempts");
  const made = Object.entries(opportunity.first_call_attempts).sort(([a], [b]) => Number(a) - Number(b));
  const numbers = new Set(made.map(([number]) => Number(number)));
  const next = Array.from({ length: MAX }, (_, index) => index + 1).find((number) => !numbers.has(number));
  const canRecord =
    useCanEdit(opportunity) &&
    !opportunity.contact.erased_at &&
    !opportunity.first_call_completed &&
    next !== undefined;
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("title")}
        </Title>
        {made.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("none")}
          </Text>
        )}
        <ol className="attempts">
          {made.map(([number, attempt]) => (
            <li key={number} value={Number(number)}>
              <Group gap="xs">
                <Tag tone={TONES[attempt.status]}>{t(attempt.status)}</Tag>
                <Text size="sm" c="dimmed">
                  <Moment at={attempt.attempted_at} />
                </Text>
                {attempt.notes && <Text size="sm">{attempt.notes}</Text>}
              </Group>
            </li>
          ))}
        </ol>
        {canRecord && <NextAttempt key={next} id={opportunity.id} number={next} />}
      </Stack>
    </Card>
  );
}

function NextAttempt({ id, number }: { id: string; number: number }) {
  const t = useTranslations("attempts");
  const refresh = useRefresh();
  const [status, setStatus] = useState<AttemptStatus>("orange");
  const [notes, setNotes] = useState("");
  const record = useMutation({
    mutationFn: () =>
      api.opportunityApi.firstCallAttempt(id, {
        attempt_number: number,
        status,
        ...(notes.trim() ? { notes: notes.trim() } : {}),
      }),
    onSuccess: () => success(t("recorded")),
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        record.mutate();
      }}
    >
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          {t("next", { number })}
        </Text>
        <SegmentedControl
          aria-label={t("next", { number })}
          value={status}
          onChange={(value) => setStatus(value as AttemptStatus)}
          data={(["orange", "green", "red"] as const).map((value) => ({ value, label: t(value) }))}
        />
        <Group align="flex-end" gap="xs">
          <TextInput
            label={t("notes")}
            flex={1}
            value={notes}
            onChange={(event) => setNotes(event.currentTarget.value)}
          />
          <Button type="submit" loading={record.isPending}>
            {t("record")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
