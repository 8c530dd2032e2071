import { Modal, Select, Stack, Text } from "@mantine/core";
import type { Status } from "@reparto/client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { STATUSES } from "../screens/opportunities/search";
import type { Selected } from "../screens/opportunities/selection";
import type { Outcome, Whole } from "./outcome";
import { runSetStatus } from "./run";
import { RunButtons, RunState } from "./run-state";
import { useRun } from "./use-run";

interface Props {
  opened: boolean;
  onClose: () => void;
  items: readonly Selected[];
  /** Everything that matches, in place of items. */
  whole: Whole | null;
  onDone: (outcome: Outcome) => void;
}

/** Gives many another status. */
export function StatusDialog({ opened, onClose, ...rest }: Props) {
  const t = useTranslations("setStatus");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("title", { count: rest.whole?.total ?? rest.items.length })}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Body {...rest} onClose={onClose} />
    </Modal>
  );
}

function Body({ items, whole, onClose, onDone }: Omit<Props, "opened">) {
  const t = useTranslations("setStatus");
  const names = useTranslations("status");
  const [status, setStatus] = useState<Status | null>(null);
  const { mutation, progress, stop } = useRun(
    (options) => runSetStatus(whole ?? items, status ?? "pending", { ...options, onlyIfUnchanged: false }),
    onDone,
  );
  return (
    <Stack gap="md">
      <Text size="sm">{t("hint")}</Text>
      <Select
        label={t("status")}
        placeholder={t("choose")}
        data={STATUSES.map((value) => ({ value, label: names(value) }))}
        value={status}
        onChange={setStatus}
        allowDeselect={false}
        data-autofocus
      />
      <RunState progress={progress} error={mutation.error} />
      <RunButtons
        pending={mutation.isPending}
        stoppable={progress !== null}
        onStop={stop}
        onCancel={onClose}
        onSubmit={() => mutation.mutate()}
        disabled={status === null}
        submit={t("submit", { count: whole?.total ?? items.length })}
      />
    </Stack>
  );
}
