import { Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { MoreButton } from "../../common/more-button";
import { Page } from "../../common/page";
import { Empty, Failed, Loading } from "../../common/states";
import { compact } from "../../lib/search-params";
import { api } from "../../service/api";
import { keys } from "../../service/keys";
import { DELIVERY_STATUSES } from "./deliveries-search";
import { DeliveryTable } from "./delivery-table";
import { WebhookDrawer } from "./webhook-drawer";
import { WebhookTest } from "./webhook-test";

const route = getRouteApi("/administrators/webhooks/$webhookId");

/** How often deliveries are refetched, in milliseconds: the first retries come within seconds. */
const POLL = 4_000;

/** The deliveries of one webhook. */
export function DeliveriesScreen() {
  const t = useTranslations("deliveries");
  const webhookTexts = useTranslations("webhooks");
  const { webhookId } = route.useParams();
  const { status } = route.useSearch();
  const navigate = route.useNavigate();
  const [editing, setEditing] = useState(false);
  const webhook = useQuery({
    queryKey: keys.webhooks.one(webhookId),
    queryFn: ({ signal }) => api.webhookApi.get(webhookId, { signal }),
  });
  const list = useInfiniteQuery({
    queryKey: keys.deliveries.list(webhookId, status),
    queryFn: ({ pageParam, signal }) =>
      api.webhookApi.deliveries(webhookId, compact({ status, limit: 50, cursor: pageParam ?? undefined }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: POLL,
  });
  const deliveries = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title={t("title")}
      hint={<span className="breakable">{webhook.data?.url}</span>}
      actions={
        <>
          {webhook.data !== undefined && <WebhookTest webhook={webhook.data} />}
          <Button size="compact-sm" variant="default" onClick={() => setEditing(true)} disabled={!webhook.data}>
            {webhookTexts("edit")}
          </Button>
          <Button component={Link} to="/webhooks" variant="default" size="compact-sm">
            {t("back")}
          </Button>
        </>
      }
    >
      <SegmentedControl
        aria-label={t("filter")}
        className="choice"
        value={status ?? "all"}
        onChange={(next) =>
          void navigate({ search: compact({ status: DELIVERY_STATUSES.find((one) => one === next) }), replace: true })
        }
        data={[{ value: "all", label: t("all") }, ...DELIVERY_STATUSES.map((value) => ({ value, label: t(value) }))]}
      />
      {list.isPending && <Loading />}
      {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isSuccess && deliveries.length === 0 && (
        <Empty title={status === "dead" ? t("noneDead") : t("none")}>{status === undefined && t("noneHint")}</Empty>
      )}
      {deliveries.length > 0 && <DeliveryTable webhookId={webhookId} deliveries={deliveries} />}
      <MoreButton list={list} label={t("older")} />
      <WebhookDrawer webhook={editing ? (webhook.data ?? null) : null} onClose={() => setEditing(false)} />
    </Page>
  );
}
