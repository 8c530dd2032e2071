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

/** Creates a webhook, or edits one; the secret of a new one is shown only here. */
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
      // A click outside must not lose a secret that is shown only once.
      closeOnClickOutside={secret === null}
      position="right"
      title={title}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {secret !== null && <SecretOnce secret={secret} onKept={close} />}
      {secret === null && webhook !== null && (
        <WebhookForm webhook={webhook === "new" ? null : webhook} onCreated={setSecret} onClose={close} />
      )}
    </Drawer>
  );
}
