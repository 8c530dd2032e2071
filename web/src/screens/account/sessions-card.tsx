import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { ApiError, type UserSession } from "@reparto/client";
import { IconDeviceDesktop, IconDeviceMobile, IconLogout, IconTerminal2 } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { Tag } from "../../common/badges";
import { messageOf } from "../../common/errors";
import { Failed, Loading } from "../../common/states";
import { Moment } from "../../common/time";
import { failure, success } from "../../common/toast";
import { deviceOf } from "../../lib/device";
import { api } from "../../service/api";
import { keys } from "../../service/keys";

/** One that has ended meanwhile is as good. */
async function endSession(id: string): Promise<void> {
  try {
    await api.userApi.endSession(id);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/** Where one is signed in, the present session first. */
export function SessionsCard() {
  const t = useTranslations("ownAccount.sessions");
  const client = useQueryClient();
  const list = useQuery({ queryKey: keys.sessions, queryFn: ({ signal }) => api.userApi.sessions({ signal }) });
  const sessions = [...(list.data ?? [])].sort((a, b) => Number(b.current) - Number(a.current));
  const others = sessions.filter(({ current }) => !current);
  const end = useMutation({
    mutationFn: async (ending: readonly UserSession[]) => {
      for (const { id } of ending) await endSession(id);
      return ending.length;
    },
    onSuccess: (count) => success(t("ended", { count })),
    onError: (error) => failure(messageOf(error)),
    onSettled: () => void client.invalidateQueries({ queryKey: keys.sessions }),
  });
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t("title")}
          </Title>
          {others.length > 0 && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconLogout size={16} aria-hidden />}
              onClick={() => end.mutate(others)}
              loading={end.isPending && end.variables.length > 1}
            >
              {t("endOthers")}
            </Button>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {t("hint")}
        </Text>
        {list.isPending && <Loading />}
        {list.isError && <Failed error={list.error} retry={() => void list.refetch()} />}
        <ul className="sessions" aria-label={t("title")}>
          {sessions.map((session) => (
            <Session key={session.id} session={session} end={() => end.mutate([session])} ending={end.isPending} />
          ))}
        </ul>
      </Stack>
    </Card>
  );
}

function Session({ session, end, ending }: { session: UserSession; end: () => void; ending: boolean }) {
  const t = useTranslations("ownAccount.sessions");
  const { program, system, mobile } = deviceOf(session.user_agent);
  const name = program === null ? t("unknown") : system === null ? program : t("programOn", { program, system });
  const Icon = mobile ? IconDeviceMobile : system === null ? IconTerminal2 : IconDeviceDesktop;
  return (
    <li>
      <Icon size={22} stroke={1.5} aria-hidden />
      <div className="session">
        <Group gap="xs">
          <Text size="sm" fw={600} component="span">
            {name}
          </Text>
          {session.current && <Tag tone="green">{t("current")}</Tag>}
        </Group>
        <Text size="sm" c="dimmed">
          {session.ip_address ?? t("noAddress")}
        </Text>
        <Text size="sm" c="dimmed">
          {t.rich("used", { at: () => <Moment at={session.last_used_at} /> })}
        </Text>
        <Text size="sm" c="dimmed">
          {t.rich("since", { at: () => <Moment at={session.created_at} /> })}
        </Text>
      </div>
      {!session.current && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={end}
          disabled={ending}
          aria-label={t("endOne", { name, address: session.ip_address ?? t("noAddress") })}
        >
          {t("end")}
        </Button>
      )}
    </li>
  );
}
