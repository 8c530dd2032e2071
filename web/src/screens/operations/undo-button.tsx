import type { Operation } from "@reparto/client";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { runUndo } from "../../assigning/run-undo";
import { messageOf } from "../../common/errors";
import { RowButton } from "../../common/row-button";
import { failure, success } from "../../common/toast";
import { useRefresh } from "../../service/refresh";

const NEVER = new Set(["create", "import", "delete"]);

/** Undoes an operation, if it can be undone. */
export function UndoButton({ operation }: { operation: Operation }) {
  const t = useTranslations("operations");
  const refresh = useRefresh();
  const undo = useMutation({
    mutationFn: () => runUndo([{ operation: operation.id }]),
    onSuccess: ({ undone, failed, errors }) => {
      const first = errors[0]?.error;
      if (errors.length === 0) success(t("undone", { count: undone }));
      else failure(t("undonePartly", { count: undone, failed, reason: first ?? "" }));
    },
    onError: (error) => failure(messageOf(error)),
    onSettled: refresh,
  });
  if (NEVER.has(operation.kind) || operation.undone_by !== null) return null;
  return <RowButton icon={IconArrowBackUp} label={t("undo")} pending={undo.isPending} onClick={() => undo.mutate()} />;
}
