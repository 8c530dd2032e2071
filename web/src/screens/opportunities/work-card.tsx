import { Alert, Button, Card, Group, Select, Stack, Text, Title } from "@mantine/core";
import { ApiError, type LeadOpportunity } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { failure, success } from "../../common/toast";
import { PRIORITIES, STATUSES } from "../../resources/opportunities/search";
import { useAgents } from "../../resources/users/users";
import { api } from "../../service/api";
import { useIsAdministrator, useMe } from "../../service/me";
import { useRefresh } from "../../service/refresh";
import { useCanEdit, useChange } from "./change";

/** Who has the opportunity, its status and its priority. */
export function WorkCard({ opportunity }: { opportunity: LeadOpportunity }) {
  const t = useTranslations("opportunity");
  const statuses = useTranslations("status");
  const priorities = useTranslations("priority");
  const change = useChange(opportunity.id);
  const assign = useAssign(opportunity.id);
  const administrator = useIsAdministrator();
  const canEdit = useCanEdit(opportunity);
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t("work")}
        </Title>
        {administrator ? (
          <HolderSelect opportunity={opportunity} assign={assign} />
        ) : (
          <Holder opportunity={opportunity} assign={assign} />
        )}
        <AssignAnyway assign={assign} isErased={opportunity.contact.erased_at !== null} />
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

interface Assignment {
  holder: string | null;
  /** Although the person does not want to be contacted. */
  anyway?: boolean;
}

const isDoNotContact = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === "do_not_contact";

/** Assigns one as the bulk request does, which can include people who do not want to be contacted. */
async function assignAnyway(id: string, holder: string): Promise<void> {
  const { errors } = await api.opportunityApi.bulkAssign({
    opportunity_ids: [id],
    assigned_to_id: holder,
    include_do_not_contact: true,
  });
  const [refused] = errors;
  if (refused !== undefined) throw new Error(refused.error);
}

function useAssign(id: string) {
  const t = useTranslations("opportunity");
  const refresh = useRefresh();
  return useMutation<unknown, Error, Assignment>({
    mutationFn: ({ holder, anyway = false }) =>
      anyway && holder !== null ? assignAnyway(id, holder) : api.opportunityApi.assign(id, holder),
    onSuccess: () => success(t("saved")),
    onError: (error) => {
      if (!isDoNotContact(error)) failure(messageOf(error));
    },
    onSettled: refresh,
  });
}

type Assign = ReturnType<typeof useAssign>;

/** Says that the person does not want to be contacted; administrators may assign the opportunity all the same. */
function AssignAnyway({ assign, isErased }: { assign: Assign; isErased: boolean }) {
  const t = useTranslations("opportunity");
  const administrator = useIsAdministrator();
  if (!isDoNotContact(assign.error)) return null;
  const { holder } = assign.variables ?? { holder: null };
  return (
    <Alert color="yellow" role="alert">
      <Stack gap="xs">
        <Text size="sm">{isErased ? t("assignErased") : messageOf(assign.error)}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => assign.reset()}>
            {t("cancel")}
          </Button>
          {administrator && (
            <Button size="xs" onClick={() => assign.mutate({ holder, anyway: true })} loading={assign.isPending}>
              {t("assignAnyway")}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

function HolderSelect({ opportunity, assign }: { opportunity: LeadOpportunity; assign: Assign }) {
  const t = useTranslations("opportunity");
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
      onChange={(id) => assign.mutate({ holder: id })}
      disabled={assign.isPending}
    />
  );
}

function Holder({ opportunity, assign }: { opportunity: LeadOpportunity; assign: Assign }) {
  const t = useTranslations("opportunity");
  const me = useMe();
  return (
    <Group justify="space-between">
      <Text size="sm">
        {t("holder")}: <strong>{opportunity.assigned_to?.name ?? t("nobody")}</strong>
      </Text>
      {opportunity.assigned_to_id === null && me !== undefined && (
        <Button size="xs" onClick={() => assign.mutate({ holder: me.id })} loading={assign.isPending}>
          {t("assignToMe")}
        </Button>
      )}
    </Group>
  );
}
