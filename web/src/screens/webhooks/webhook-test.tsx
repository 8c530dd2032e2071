import { Button, Text } from "@mantine/core";
import type { Delivery, Webhook } from "@reparto/client";
import { IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { api, messageOf } from "../../app/api";
import { failure } from "../../common/toast";

/** How often it is looked whether a test was answered, and how long between, in milliseconds. */
const LOOKS = 30;
const PAUSE = 1_000;

/** Sends a webhook a test message, and says what came of it. */
export function WebhookTest({ webhook }: { webhook: Webhook }) {
  const t = useTranslations("webhooks");
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => sent(webhook.id),
    onError: (error) => failure(messageOf(error)),
    onSettled: () => void client.invalidateQueries({ queryKey: ["deliveries", webhook.id] }),
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

/** What came of a test, in words. */
function Outcome({ delivery: { attempts, status, last_status, last_error } }: { delivery: Delivery }) {
  const t = useTranslations("webhooks");
  if (attempts === 0) return t("testWaits");
  if (status === "delivered") return t("testTaken", { status: last_status ?? 0 });
  return last_status === null
    ? t("testFailed", { reason: last_error ?? "–" })
    : t("testRefused", { status: last_status });
}

/** A test message once the receiver was called, or as it stands when that takes long. */
async function sent(webhookId: string): Promise<Delivery> {
  let delivery = await api.webhookApi.test(webhookId);
  for (let look = 0; look < LOOKS && delivery.attempts === 0; look += 1) {
    await new Promise((resolve) => window.setTimeout(resolve, PAUSE));
    const { items } = await api.webhookApi.deliveries(webhookId, { limit: 50 });
    delivery = items.find(({ id }) => id === delivery.id) ?? delivery;
  }
  return delivery;
}
