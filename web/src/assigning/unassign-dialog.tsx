import { Button, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { Selected } from "../screens/opportunities/selection";
import { takenFrom } from "./plan";
import { type Outcome, runUnassign } from "./run";

interface Props {
  opened: boolean;
  onClose: () => void;
  items: Selected[];
  onDone: (outcome: Outcome) => void;
}

/** Says from whom what is taken, before it is. */
export function UnassignDialog({ opened, onClose, items, onDone }: Props) {
  const t = useTranslations("unassign");
  const [progress, setProgress] = useState<number | null>(null);
  const taken = takenFrom([{ agentId: "", items }]);
  const run = useMutation({
    mutationFn: () =>
      runUnassign(items, { onlyIfUnchanged: true, onProgress: (done, total) => setProgress((100 * done) / total) }),
    onSuccess: onDone,
    onSettled: () => setProgress(null),
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("title", { count: items.length })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="md">
        <Text size="sm">{t("hint")}</Text>
        <ul className="plain-list">
          {taken.slice(0, 8).map((one) => (
            <li key={one.id}>{t("from", { count: one.count, name: one.name })}</li>
          ))}
          {taken.length === 0 && <li>{t("fromNobody")}</li>}
        </ul>
        {progress !== null && <Progress value={progress} aria-label={t("progress")} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={run.isPending}>
            {t("cancel")}
          </Button>
          <Button onClick={() => run.mutate()} loading={run.isPending}>
            {t("submit", { count: items.length })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
