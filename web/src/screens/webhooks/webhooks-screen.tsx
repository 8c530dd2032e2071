import { Button, Group, Table } from "@mantine/core";
import type { Webhook } from "@reparto/client";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { Page } from "../../common/page";
import { Empty, Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { useEventName } from "./event-types";
import { WebhookDrawer } from "./webhook-drawer";
import { WebhookTest } from "./webhook-test";

/** The webhooks: other systems that are notified of changes. */
export function WebhooksScreen() {
  const t = useTranslations("webhooks");
  const eventName = useEventName();
  const list = useQuery({ queryKey: keys.webhooks.list, queryFn: ({ signal }) => api.webhookApi.list({ signal }) });
  const [edited, setEdited] = useState<Webhook | "new" | null>(null);
  const webhooks = list.data?.items ?? [];
  const createButton = (
    <Button size="sm" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited("new")}>
      {t("new")}
    </Button>
  );
  return (
    <Page title={t("title")} hint={t("hint")} actions={createButton}>
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && webhooks.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
      {webhooks.length > 0 && (
        <div className="table-scroll">
          <Table className="table" aria-label={t("title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("url")}</Table.Th>
                <Table.Th>{t("events")}</Table.Th>
                <Table.Th>{t("state")}</Table.Th>
                <Table.Th>{t("since")}</Table.Th>
                <Table.Th aria-label={t("edit")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {webhooks.map((webhook) => (
                <Table.Tr key={webhook.id}>
                  <Table.Td data-label={t("url")} className="breakable">
                    <Link to="/webhooks/$webhookId" params={{ webhookId: webhook.id }} className="row-link">
                      {webhook.url}
                    </Link>
                  </Table.Td>
                  <Table.Td data-label={t("events")}>
                    {webhook.events.length === 0 ? t("all") : webhook.events.map(eventName).join(", ")}
                  </Table.Td>
                  <Table.Td data-label={t("state")}>
                    <Tag tone={webhook.is_active ? "green" : "grey"}>
                      {webhook.is_active ? t("active") : t("inactive")}
                    </Tag>
                  </Table.Td>
                  <Table.Td data-label={t("since")}>
                    <Moment at={webhook.created_at} date />
                  </Table.Td>
                  <Table.Td className="right">
                    <Group gap="xs" justify="flex-end" align="flex-start" wrap="nowrap">
                      <WebhookTest webhook={webhook} />
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={t("editOf", { url: webhook.url })}
                        onClick={() => setEdited(webhook)}
                      >
                        {t("edit")}
                      </Button>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <WebhookDrawer webhook={edited} onClose={() => setEdited(null)} />
    </Page>
  );
}
