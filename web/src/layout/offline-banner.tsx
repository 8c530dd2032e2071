import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { useOffline } from "../service/connection";

/** Says that the service cannot be reached, while it cannot. */
export function OfflineBanner() {
  const t = useTranslations("shell");
  const offline = useOffline();
  return (
    <div role="status">
      {offline && (
        <Alert
          color="yellow"
          mb="md"
          icon={<IconPlugConnectedX aria-hidden />}
          title={t("offline")}
          className="offline"
        >
          {t("offlineHint")}
        </Alert>
      )}
    </div>
  );
}
