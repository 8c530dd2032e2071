import { Modal, Stack, Text } from "@mantine/core";
import { useTranslations } from "use-intl";
import type { Selected } from "../screens/opportunities/selection";
import type { Outcome, Whole } from "./outcome";
import { takenFrom } from "./plan";
import { runUnassign } from "./run";
import { RunButtons, RunState } from "./run-state";
import { useRun } from "./use-run";
import { useTakenFromWhole } from "./whole";

interface Props {
  opened: boolean;
  onClose: () => void;
  items: readonly Selected[];
  /** Everything that matches, in place of items. */
  whole: Whole | null;
  onDone: (outcome: Outcome) => void;
}

/** Says from whom what is taken, before it is. */
export function UnassignDialog({ opened, onClose, ...rest }: Props) {
  const t = useTranslations("unassign");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("title", { count: rest.whole?.total ?? rest.items.length })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Body {...rest} onClose={onClose} />
    </Modal>
  );
}

function Body({ items, whole, onClose, onDone }: Omit<Props, "opened">) {
  const t = useTranslations("unassign");
  const takenFromWhole = useTakenFromWhole(whole);
  const taken = whole === null ? takenFrom([{ agentId: "", items }]) : takenFromWhole;
  const { mutation, progress, stop } = useRun(
    (options) => runUnassign(whole ?? items, { ...options, onlyIfUnchanged: true }),
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
        submit={t("submit", { count: whole?.total ?? items.length })}
      />
    </Stack>
  );
}
