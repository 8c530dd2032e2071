import { Button } from "@mantine/core";
import type { Operation } from "@reparto/client";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { messageOf } from "../../app/api";
import { runUndo } from "../../assigning/run-undo";
import { failure, success } from "../../common/toast";

const NEVER = new Set(["create", "import", "delete"]);

/** Takes an operation back, where that can be. */
export function UndoButton({ operation }: { operation: Operation }) {
  const t = useTranslations("operations");
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () => runUndo([{ operation: operation.id }]),
    onSuccess: ({ undone, failed, errors }) => {
      const first = errors[0]?.error;
      if (errors.length === 0) success(t("undone", { count: undone }));
      else failure(t("undonePartly", { count: undone, failed, reason: first ?? "" }));
    },
    onError: (error) => failure(messageOf(error)),
    onSettled: () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" }),
  });
  if (NEVER.has(operation.kind) || operation.undone_by !== null) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconArrowBackUp size={16} aria-hidden />}
      onClick={() => undo.mutate()}
      loading={undo.isPending}
    >
      {t("undo")}
    </Button>
  );
}
