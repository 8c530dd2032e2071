import { Card, Group, SimpleGrid, Stack, Tabs, Text } from "@mantine/core";
import type { LeadOpportunity, OpportunityQuery } from "@reparto/client";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { DoNotContactTag, PriorityTag, StatusTag } from "../../common/badges";
import { Page } from "../../common/page";
import { Pager } from "../../common/pager";
import { Empty, Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

const PAGE = 24;
const TABS = {
  call: { status: "assigned", attempts_left: true, sort_by: "opportunity_score", sort_order: "desc" },
  contacted: { status: "contacted", sort_by: "detected_at", sort_order: "desc" },
  all: { sort_by: "detected_at", sort_order: "desc" },
} as const satisfies Record<string, OpportunityQuery>;
type Tab = keyof typeof TABS;

/** The signed-in user's opportunities, the most promising first. */
export function MineScreen() {
  const t = useTranslations("mine");
  const [tab, setTab] = useState<Tab>("call");
  const [page, setPage] = useState(1);
  const query: OpportunityQuery = { ...TABS[tab], assigned_to: "me", page, limit: PAGE };
  const list = useQuery({
    queryKey: keys.opportunities.list(query),
    queryFn: ({ signal }) => api.opportunityApi.list(query, { signal }),
    refetchInterval: 20_000,
  });
  const rows = list.data?.opportunities ?? [];
  return (
    <Page title={t("title")} hint={t("hint")}>
      <Tabs
        value={tab}
        onChange={(next) => {
          setTab((next ?? "call") as Tab);
          setPage(1);
        }}
      >
        <Tabs.List>
          {(Object.keys(TABS) as Tab[]).map((key) => (
            <Tabs.Tab key={key} value={key}>
              {t(key)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          {list.isPending && <Loading />}
          {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
          {list.isSuccess && rows.length === 0 && <Empty title={t("none")}>{t("noneHint")}</Empty>}
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
            {rows.map((opportunity) => (
              <Lead key={opportunity.id} opportunity={opportunity} />
            ))}
          </SimpleGrid>
        </Tabs.Panel>
      </Tabs>
      {list.data !== undefined && list.data.total > PAGE && (
        <Pager
          page={page}
          pages={list.data.total_pages}
          total={list.data.total}
          exact={list.data.total_is_exact}
          limit={PAGE}
          sizes={[PAGE]}
          onPage={setPage}
          onLimit={() => undefined}
        />
      )}
    </Page>
  );
}

function Lead({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("mine");
  const { contact } = opportunity;
  const phone = contact.phone ?? contact.mobile;
  return (
    <Card withBorder padding="sm">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Link to="/opportunities/$opportunityId" params={{ opportunityId: opportunity.id }} className="row-link">
            {contact.name}
          </Link>
          <Text
            fw={600}
            className="numbers"
            role="img"
            aria-label={t("score", { score: opportunity.opportunity_score })}
          >
            {opportunity.opportunity_score}
          </Text>
        </Group>
        <Group gap="xs">
          <StatusTag status={opportunity.status} />
          <PriorityTag priority={opportunity.priority} />
          <DoNotContactTag contact={contact} />
        </Group>
        <Group justify="space-between">
          {phone ? <a href={`tel:${phone}`}>{phone}</a> : <span>–</span>}
          <Text size="xs" c="dimmed">
            <Moment at={opportunity.detected_at} date />
          </Text>
        </Group>
      </Stack>
    </Card>
  );
}
