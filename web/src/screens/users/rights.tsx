import { Alert, Button, Divider, Group, Stack, Switch, Text } from "@mantine/core";
import type { Role, User } from "@reparto/client";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { messageOf } from "../../common/errors";
import { api } from "../../service/api";
import { useMe } from "../../service/me";
import { Credentials } from "./credentials";
import { RoleSelect } from "./role-select";
import { useSave } from "./save";

/** Settings that are saved at once, each by its own request: role, status, password, removal. */
export function Rights({ user, onRemoved }: { user: User; onRemoved: (openOpportunities: number) => void }) {
  const t = useTranslations("users");
  const own = useMe()?.id === user.id;
  const [role, setRole] = useState(user.role);
  const [active, setActive] = useState(user.is_active);
  const [sure, setSure] = useState(false);
  const saveRole = useSave((next: Role) => api.userApi.setRole(user.id, next).then((saved) => setRole(saved.role)));
  const saveActive = useSave((next: boolean) =>
    api.userApi.setActive(user.id, next).then((saved) => setActive(saved.is_active)),
  );
  const remove = useSave(() =>
    api.userApi.remove(user.id).then(({ open_opportunities }) => onRemoved(open_opportunities)),
  );
  const error = saveRole.error ?? saveActive.error ?? remove.error;
  return (
    <Stack gap="sm">
      <Divider />
      {error !== null && (
        <Alert color="red" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      <RoleSelect value={role} onChange={(next) => saveRole.mutate(next)} disabled={saveRole.isPending} />
      <Switch
        label={t("active")}
        description={t("activeHint")}
        checked={active}
        disabled={saveActive.isPending}
        onChange={(event) => saveActive.mutate(event.currentTarget.checked)}
      />
      <Divider />
      {own ? (
        <Text size="sm">
          {t.rich("ownHint", {
            link: (text) => (
              <Link to="/account" className="text-link">
                {text}
              </Link>
            ),
          })}
        </Text>
      ) : (
        <Credentials user={user} />
      )}
      <Divider />
      <Group justify="flex-end">
        {sure ? (
          <>
            <Button variant="default" onClick={() => setSure(false)}>
              {t("cancel")}
            </Button>
            <Button color="red.9" onClick={() => remove.mutate()} loading={remove.isPending}>
              {t("removeSure")}
            </Button>
          </>
        ) : (
          <Button color="red" variant="default" onClick={() => setSure(true)}>
            {t("remove")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
