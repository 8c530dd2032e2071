import { Button, Table } from "@mantine/core";
import type { Delivery } from "@reparto/client";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "use-intl";
import { api, messageOf } from "../../app/api";
import { Tag } from "../../common/badges";
import { ScrollRegion } from "../../common/scroll-region";
import { Moment } from "../../common/time";
import { failure, success } from "../../common/toast";
import type { DeliveryStatus } from "./deliveries-search";
import { useEventName } from "./event-types";

const TONES: Record<DeliveryStatus, string> = { pending: "blue", delivered: "green", dead: "red" };

/** Messages to one webhook: where each stands, what the receiver said, and sending it again. */
export function DeliveryTable({ webhookId, deliveries }: { webhookId: string; deliveries: readonly Delivery[] }) {
  const t = useTranslations("deliveries");
  const eventName = useEventName();
  const format = useFormatter();
  const client = useQueryClient();
  const resend = useMutation({
    mutationFn: (id: string) => api.webhookApi.resend(webhookId, id),
    onSuccess: () => success(t("sent")),
    onError: (error) => failure(messageOf(error)),
    onSettled: () => void client.invalidateQueries({ queryKey: ["deliveries", webhookId] }),
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
            <Table.Th>{t("body")}</Table.Th>
            <Table.Th aria-label={t("again")} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => (
            <Table.Tr key={delivery.id}>
              <Table.Td data-label={t("event")}>
                {eventName(delivery.event)}
                <span className="under mono">{delivery.event}</span>
              </Table.Td>
              <Table.Td data-label={t("created")}>
                <Moment at={delivery.created_at} />
              </Table.Td>
              <Table.Td data-label={t("state")}>
                <Tag tone={TONES[delivery.status]}>{t(delivery.status)}</Tag>
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
              <Table.Td data-label={t("body")}>
                <details>
                  <summary>{t("show")}</summary>
                  <Message text={delivery.body} label={t("body")} />
                </details>
              </Table.Td>
              <Table.Td className="right">
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<IconSend size={16} aria-hidden />}
                  loading={resend.isPending && resend.variables === delivery.id}
                  onClick={() => resend.mutate(delivery.id)}
                >
                  {t("again")}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** A message, set out so that it can be read. */
function Message({ text, label }: { text: string; label: string }) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // As it is.
  }
  return (
    <ScrollRegion className="details" label={label}>
      <pre>{shown}</pre>
    </ScrollRegion>
  );
}
