import { Button, Group, Table } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Delivery } from "@reparto/client";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { ScrollRegion } from "../../common/scroll-region";
import { Moment } from "../../common/time";
import { failure, success } from "../../common/toast";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import type { DeliveryStatus } from "./deliveries-search";
import { useEventName } from "./event-types";

const TONES: Record<DeliveryStatus, string> = { pending: "blue", delivered: "green", dead: "red" };

/** The deliveries of one webhook: status, response, and a way to resend each. */
export function DeliveryTable({ webhookId, deliveries }: { webhookId: string; deliveries: readonly Delivery[] }) {
  const t = useTranslations("deliveries");
  const client = useQueryClient();
  const resend = useMutation({
    mutationFn: (id: string) => api.webhookApi.resend(webhookId, id),
    onSuccess: () => success(t("resent")),
    onError: (error) => failure(messageOf(error)),
    onSettled: () => void client.invalidateQueries({ queryKey: keys.deliveries.all(webhookId) }),
  });
  return (
    <div className="table-scroll">
      <Table className="table" aria-label={t("title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("event")}</Table.Th>
            <Table.Th>{t("created")}</Table.Th>
            <Table.Th>{t("state")}</Table.Th>
            <Table.Th className="right">{t("attempts")}</Table.Th>
            <Table.Th>{t("answer")}</Table.Th>
            <Table.Th aria-label={t("actions")} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => (
            <DeliveryRows
              key={delivery.id}
              delivery={delivery}
              sending={resend.isPending && resend.variables === delivery.id}
              onResend={() => resend.mutate(delivery.id)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  delivery: Delivery;
  sending: boolean;
  onResend: () => void;
}

/** One delivery; its message is shown below on demand. */
function DeliveryRows({ delivery, sending, onResend }: RowProps) {
  const t = useTranslations("deliveries");
  const states = useTranslations("deliveryStatus");
  const eventName = useEventName();
  const format = useFormatter();
  const [shown, { toggle }] = useDisclosure(false);
  return (
    <>
      <Table.Tr>
        <Table.Td data-label={t("event")}>
          {eventName(delivery.event)}
          <span className="under mono">{delivery.event}</span>
        </Table.Td>
        <Table.Td data-label={t("created")}>
          <Moment at={delivery.created_at} />
        </Table.Td>
        <Table.Td data-label={t("state")}>
          <Tag tone={TONES[delivery.status]}>{states(delivery.status)}</Tag>
          {delivery.next_at !== null && delivery.attempts > 0 && (
            <span className="under">
              {t("next", { when: format.dateTime(new Date(delivery.next_at), { timeStyle: "medium" }) })}
            </span>
          )}
        </Table.Td>
        <Table.Td data-label={t("attempts")} className="right numbers">
          {format.number(delivery.attempts)}
        </Table.Td>
        <Table.Td data-label={t("answer")}>
          {delivery.last_status ?? "–"}
          {delivery.last_error !== null && <span className="under">{delivery.last_error}</span>}
        </Table.Td>
        <Table.Td className="right">
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <Button size="compact-sm" variant="default" onClick={toggle} aria-expanded={shown}>
              {shown ? t("hide") : t("show")}
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconSend size={16} aria-hidden />}
              loading={sending}
              onClick={onResend}
            >
              {t("resend")}
            </Button>
          </Group>
        </Table.Td>
      </Table.Tr>
      {shown && (
        <Table.Tr>
          <Table.Td colSpan={6}>
            <ScrollRegion className="message" label={t("body")}>
              <pre>{prettyJson(delivery.body)}</pre>
            </ScrollRegion>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

/** A message with line breaks and indentation. */
function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
