import { Anchor, Button, Card, Grid, Group, Select, Stack, Text, Textarea, Title } from "@mantine/core";
import type { LeadOpportunity, OpportunityChange } from "@reparto/client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { PriorityTag, StatusTag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { Page } from "../../common/page";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { failure, success } from "../../common/toast";
import { opportunityQuery } from "../../resources/opportunities/query";
import { PRIORITIES, STATUSES } from "../../resources/opportunities/search";
import { useAgents } from "../../resources/users/users";
import { api } from "../../service/api";
import { useIsAdministrator, useMe } from "../../service/me";
import { useRefresh } from "../../service/refresh";
import { Attempts } from "./attempts";
import { Timeline } from "./timeline";

const route = getRouteApi("/staff/opportunities/$opportunityId");

export function OpportunityScreen() {
  const t = useTranslations("opportunity");
  const { opportunityId } = route.useParams();
  const query = useQuery(opportunityQuery(opportunityId));
  if (query.isPending) return <Loading />;
  if (query.data === undefined) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const opportunity = query.data;
  return (
    <Page
      title={opportunity.contact.name}
      hint={
        <Group gap="xs" component="span">
          <StatusTag status={opportunity.status} />
          <PriorityTag priority={opportunity.priority} />
          <span>{t("score", { score: opportunity.opportunity_score })}</span>
          <span>
            {t("detected")} <Moment at={opportunity.detected_at} />
          </span>
        </Group>
      }
      actions={
        <Button component={Link} to="/opportunities" variant="default" size="xs">
          {t("back")}
        </Button>
      }
    >
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <ContactCard opportunity={opportunity} />
            <Attempts opportunity={opportunity} />
            <NotesCard opportunity={opportunity} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <WorkCard opportunity={opportunity} />
            <Timeline opportunityId={opportunity.id} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** Changes the opportunity, and refreshes everything that shows it. */
export function useChange(id: string) {
  const t = useTranslations("opportunity");
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (change: OpportunityChange) => api.opportunityApi.update(id, change),
    onSuccess: () => success(t("saved")),
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
}

function ContactCard({ opportunity: { contact } }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity.contact");
  const place = [contact.address, contact.postal_code, contact.city, contact.state, contact.country];
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t("title")}
      </Title>
      <dl className="facts">
        <Fact label={t("company")}>{contact.company_name}</Fact>
        <Fact label={t("position")}>{contact.position}</Fact>
        <Fact label={t("email")}>
          {contact.email && <Anchor href={`mailto:${contact.email}`}>{contact.email}</Anchor>}
        </Fact>
        <Fact label={t("phone")}>
          {contact.phone && <Anchor href={`tel:${contact.phone}`}>{contact.phone}</Anchor>}
        </Fact>
        <Fact label={t("mobile")}>
          {contact.mobile && <Anchor href={`tel:${contact.mobile}`}>{contact.mobile}</Anchor>}
        </Fact>
        <Fact label={t("place")}>{place.filter(Boolean).join(", ")}</Fact>
        <Fact label={t("nationality")}>{contact.nacionalidad}</Fact>
        <Fact label={t("notes")}>{contact.notes}</Fact>
      </dl>
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function NotesCard({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity");
  const change = useChange(opportunity.id);
  const [notes, setNotes] = useState(opportunity.notes ?? "");
  useEffect(() => setNotes(opportunity.notes ?? ""), [opportunity.notes]);
  const canEdit = useCanEdit(opportunity);
  const reasons = Object.entries(opportunity.detection_reason);
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("notes")}
        </Title>
        {reasons.length > 0 && (
          <dl className="facts">
            {reasons.map(([key, value]) => (
              <Fact key={key} label={key}>
                {typeof value === "string" ? value : JSON.stringify(value)}
              </Fact>
            ))}
          </dl>
        )}
        {canEdit ? (
          <>
            <Textarea
              aria-label={t("notes")}
              autosize
              minRows={3}
              maxRows={14}
              value={notes}
              onChange={(event) => setNotes(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button
                size="xs"
                disabled={notes === (opportunity.notes ?? "")}
                loading={change.isPending}
                onClick={() => change.mutate({ notes })}
              >
                {t("saveNotes")}
              </Button>
            </Group>
          </>
        ) : (
          <Text size="sm" className="multiline">
            {opportunity.notes ?? t("noNotes")}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

/** Whether the user may change the opportunity: its assignee may, and administrators. */
export function useCanEdit(opportunity: LeadOpportunity): boolean {
  const me = useMe();
  const administrator = useIsAdministrator();
  return administrator || (me !== undefined && opportunity.assigned_to_id === me.id);
}

function WorkCard({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity");
  const statuses = useTranslations("status");
  const priorities = useTranslations("priority");
  const change = useChange(opportunity.id);
  const administrator = useIsAdministrator();
  const canEdit = useCanEdit(opportunity);
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("work")}
        </Title>
        {administrator ? <HolderSelect opportunity={opportunity} /> : <Holder opportunity={opportunity} />}
        {canEdit && (
          <Group grow>
            <Select
              label={t("status")}
              allowDeselect={false}
              data={STATUSES.map((value) => ({ value, label: statuses(value) }))}
              value={opportunity.status}
              onChange={(status) => status !== null && change.mutate({ status })}
            />
            <Select
              label={t("priority")}
              allowDeselect={false}
              data={PRIORITIES.map((value) => ({ value, label: priorities(value) }))}
              value={opportunity.priority}
              onChange={(priority) => priority !== null && change.mutate({ priority })}
            />
          </Group>
        )}
      </Stack>
    </Card>
  );
}

function useAssign(id: string) {
  const t = useTranslations("opportunity");
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (holder: string | null) => api.opportunityApi.assign(id, holder),
    onSuccess: () => success(t("saved")),
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
}

function HolderSelect({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity");
  const assign = useAssign(opportunity.id);
  const agents = useAgents().map(({ id, name }) => ({ value: id, label: name }));
  const holder = opportunity.assigned_to;
  // The holder may be somebody who cannot be assigned anything any more.
  const missing = holder !== null && !agents.some(({ value }) => value === holder.id);
  return (
    <Select
      label={t("holder")}
      placeholder={t("nobody")}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t("unassign") }}
      data={missing ? [{ value: holder.id, label: holder.name }, ...agents] : agents}
      value={opportunity.assigned_to_id}
      onChange={(id) => assign.mutate(id)}
      disabled={assign.isPending}
    />
  );
}

function Holder({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity");
  const me = useMe();
  const assign = useAssign(opportunity.id);
  return (
    <Group justify="space-between">
      <Text size="sm">
        {t("holder")}: <strong>{opportunity.assigned_to?.name ?? t("nobody")}</strong>
      </Text>
      {opportunity.assigned_to_id === null && me !== undefined && (
        <Button size="xs" onClick={() => assign.mutate(me.id)} loading={assign.isPending}>
          {t("assignToMe")}
        </Button>
      )}
    </Group>
  );
}
