import { Modal, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import { takenFrom } from "./plan";
import { useTakenFromMatching } from "./preview";
import { runUnassign } from "./run";
import { RunButtons, RunState } from "./run-state";
import { countOf, type SelectionDialogProps } from "./selection-dialog";
import { useRun } from "./use-run";

/** Asks before unassigning, showing from whom. */
export function UnassignDialog({ opened, ...props }: SelectionDialogProps) {
  const t = useTranslations("unassign");
  return (
    <Modal
      opened={opened}
      onClose={props.onClose}
      title={t("title", { count: countOf(props) })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Body {...props} />
    </Modal>
  );
}

function Body({ items, allMatching, onClose, onDone }: Omit<SelectionDialogProps, "opened">) {
  const t = useTranslations("unassign");
  const takenFromMatching = useTakenFromMatching(allMatching);
  const taken = allMatching === null ? takenFrom([{ agentId: "", items }]) : takenFromMatching;
  const { mutation, progress, stop } = useRun(
    (options) => runUnassign(allMatching ?? items, { ...options, onlyIfUnchanged: true }),
    onDone,
  );
  return (
    <Stack gap="md">
      <Text size="sm">{t("hint")}</Text>
      <ul className="plain-list">
        {taken.slice(0, 8).map((one) => (
          <li key={one.id}>{t("from", { count: one.count, name: one.name })}</li>
        ))}
        {taken.length === 0 && <li>{t("fromNobody")}</li>}
      </ul>
      <RunState progress={progress} error={mutation.error} />
      <RunButtons
        pending={mutation.isPending}
        stoppable={progress !== null}
        onStop={stop}
        onCancel={onClose}
        onSubmit={() => mutation.mutate()}
        disabled={false}
        submit={t("submit", { count: countOf({ items, allMatching }) })}
      />
    </Stack>
  );
}
