import { Button, Text } from "@mantine/core";
import type { Delivery, Webhook } from "@reparto/client";
import { IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { failure } from "../../common/toast";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** How often, and at what interval in milliseconds, a test's delivery is polled for its response. */
const POLLS = 30;
const POLL = 1_000;

/** Sends a test message to a webhook, and shows the result. */
export function WebhookTest({ webhook }: { webhook: Webhook }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => sendTest(webhook.id),
    onError: (error) => failure(messageOf(error)),
    onSettled: () => void client.invalidateQueries({ queryKey: keys.deliveries.all(webhook.id) }),
  });
  return (
    <div className="webhook-test">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlugConnected size={16} aria-hidden />}
        aria-label={t("testOf", { url: webhook.url })}
        title={webhook.is_active ? undefined : t("testInactive")}
        disabled={!webhook.is_active}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t("test")}
      </Button>
      <Text size="xs" role="status" data-outcome={test.data?.status}>
        {test.data !== undefined && <Outcome delivery={test.data} />}
      </Text>
    </div>
  );
}

/** The result of a test, in words. */
function Outcome({ delivery: { attempts, status, last_status, last_error } }: { delivery: Delivery }) {
  const t = useTranslations("webhooks");
  if (attempts === 0) return t("testWaiting");
  if (status === "delivered") return t("testAccepted", { status: last_status ?? 0 });
  return last_status === null
    ? t("testFailed", { reason: last_error ?? "–" })
    : t("testRejected", { status: last_status });
}

/** Sends a test message, and waits for the first attempt to deliver it, within limits. */
async function sendTest(webhookId: string): Promise<Delivery> {
  let delivery = await api.webhookApi.test(webhookId);
  for (let poll = 0; poll < POLLS && delivery.attempts === 0; poll += 1) {
    await new Promise((resolve) => window.setTimeout(resolve, POLL));
    const { items } = await api.webhookApi.deliveries(webhookId, { limit: 50 });
    delivery = items.find(({ id }) => id === delivery.id) ?? delivery;
  }
  return delivery;
}
