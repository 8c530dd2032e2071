import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { useServiceAway } from "../app/connection";

/** Says that the service cannot be reached, for as long as that is so. */
export function AwayBanner() {
  const t = useTranslations("shell");
  const away = useServiceAway();
  return (
    <div role="status">
      {away && (
        <Alert color="yellow" mb="md" icon={<IconPlugConnectedX aria-hidden />} title={t("away")} className="away">
          {t("awayHint")}
        </Alert>
      )}
    </div>
  );
}
