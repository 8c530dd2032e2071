import { Button, Group, Text } from "@mantine/core";
import { ApiError } from "@reparto/client";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Failed, Loading } from "../../common/states";
import { RecoveryCodes } from "../../resources/account/recovery-codes";
import { TotpSetup } from "../../resources/account/totp-setup";
import { api } from "../../service/api";
import { EntranceCard } from "./entrance-card";

/** Sets up the second factor that the service requires before anything else. */
export function RequiredTotp({ onDone }: { onDone: () => void }) {
  const t = useTranslations("requiredTotp");
  const [codes, setCodes] = useState<string[] | null>(null);
  const start = useMutation({ mutationFn: () => api.userApi.startTotp() });
  useEffect(() => start.mutate(), [start.mutate]);
  // This session is older than the second factor, which was set up in another one.
  const exists = start.error instanceof ApiError && start.error.code === "totp_exists";
  return (
    <EntranceCard heading={t("title")} hint={t("hint")}>
      {codes !== null ? (
        <RecoveryCodes codes={codes} onKept={onDone} />
      ) : (
        <>
          {start.isPending && <Loading />}
          {start.isError &&
            (exists ? (
              <Text size="sm">{t("signInAgain")}</Text>
            ) : (
              <Failed error={start.error} retry={() => start.mutate()} />
            ))}
          {start.isSuccess && <TotpSetup client={api} setup={start.data} onConfirmed={setCodes} />}
          <Group justify="center">
            <Button variant="subtle" size="xs" onClick={() => void api.authApi.logout().catch(() => undefined)}>
              {t("signOut")}
            </Button>
          </Group>
        </>
      )}
    </EntranceCard>
  );
}
