import { Modal, Select, Stack, Text } from "@mantine/core";
import type { Status } from "@reparto/client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { STATUSES } from "../resources/opportunities/search";
import { runSetStatus } from "./run";
import { RunButtons, RunState } from "./run-state";
import { countOf, type SelectionDialogProps } from "./selection-dialog";
import { useRun } from "./use-run";

/** Changes the status of a selection. */
export function StatusDialog({ opened, ...props }: SelectionDialogProps) {
  const t = useTranslations("setStatus");
  return (
    <Modal
      opened={opened}
      onClose={props.onClose}
      title={t("title", { count: countOf(props) })}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Body {...props} />
    </Modal>
  );
}

function Body({ items, allMatching, onClose, onDone }: Omit<SelectionDialogProps, "opened">) {
  const t = useTranslations("setStatus");
  const names = useTranslations("status");
  const [status, setStatus] = useState<Status | null>(null);
  const { mutation, progress, stop } = useRun(
    (options) => runSetStatus(allMatching ?? items, status ?? "pending", { ...options, onlyIfUnchanged: false }),
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
        submit={t("submit", { count: countOf({ items, allMatching }) })}
      />
    </Stack>
  );
}
