import { Drawer } from "@mantine/core";
import type { Webhook } from "@reparto/client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { SecretOnce } from "./secret-once";
import { WebhookForm } from "./webhook-form";

interface Props {
  webhook: Webhook | "new" | null;
  onClose: () => void;
}

/** Makes a webhook, or changes one; the secret of a new one is shown this once. */
export function WebhookDrawer({ webhook, onClose }: Props) {
  const t = useTranslations("webhooks");
  const [secret, setSecret] = useState<string | null>(null);
  const close = (): void => {
    setSecret(null);
    onClose();
  };
  const title = secret !== null ? t("secretTitle") : webhook === "new" || webhook === null ? t("new") : t("edit");
  return (
    <Drawer
      opened={webhook !== null}
      onClose={close}
      // A click beside it must not lose a secret that is shown once.
      closeOnClickOutside={secret === null}
      position="right"
      title={title}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {secret !== null && <SecretOnce secret={secret} onKept={close} />}
      {secret === null && webhook !== null && (
        <WebhookForm webhook={webhook === "new" ? null : webhook} onMade={setSecret} onClose={close} />
      )}
    </Drawer>
  );
}
