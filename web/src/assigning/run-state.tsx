import { Alert, Button, Group } from "@mantine/core";
import { useTranslations } from "use-intl";
import { messageOf } from "../common/errors";
import { ProgressLine } from "../common/progress-line";
import type { RunProgress } from "./outcome";
import { ReassignedError } from "./run-jobs";

interface Props {
  progress: RunProgress | null;
  error: Error | null;
  /** How to go ahead although some were reassigned, where the dialog offers that. */
  override?: string;
}

/** The progress of a run, or why it did not start. */
export function RunState({ progress, error, override }: Props) {
  const t = useTranslations("run");
  return (
    <>
      {progress !== null && <ProgressLine {...progress} label={t("progress")} />}
      {error !== null && (
        <Alert color={error instanceof ReassignedError ? "yellow" : "red"} role="alert">
          {error instanceof ReassignedError
            ? [t("changed", { count: error.count }), override].filter(Boolean).join(" ")
            : messageOf(error)}
        </Alert>
      )}
    </>
  );
}

interface ButtonsProps {
  pending: boolean;
  /** Whether the run can be stopped: jobs can, once created. */
  stoppable: boolean;
  onStop: () => void;
  onCancel: () => void;
  onSubmit: () => void;
  disabled: boolean;
  submit: string;
}

/** The buttons Cancel and submit; Stop while a job runs. */
export function RunButtons({ pending, stoppable, onStop, onCancel, onSubmit, disabled, submit }: ButtonsProps) {
  const t = useTranslations("run");
  return (
    <Group justify="flex-end">
      {pending && stoppable ? (
        <Button variant="default" onClick={onStop}>
          {t("stop")}
        </Button>
      ) : (
        <Button variant="default" onClick={onCancel} disabled={pending}>
          {t("cancel")}
        </Button>
      )}
      <Button onClick={onSubmit} disabled={disabled} loading={pending}>
        {submit}
      </Button>
    </Group>
  );
}
