import { Alert, Group, Stack, Text } from "@mantine/core";
import type { Import } from "@reparto/client";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

/** The result of an import that has ended, in words; `children` are what can be done next. */
export function ImportResult({ of: one, children }: { of: Import; children: ReactNode }) {
  const t = useTranslations("importReport");
  const failures = useTranslations("importFailure");
  const { undo, failure } = one;
  if (undo !== null) {
    return (
      <Alert color="gray" role="status" title={t("undone")}>
        <Text size="sm">{t("deleted", { count: undo.deleted })}</Text>
        {undo.kept > 0 && <Text size="sm">{t("kept", { count: undo.kept })}</Text>}
      </Alert>
    );
  }
  const counts = (["completed", "unchanged", "skipped"] as const).filter((count) => one[count] > 0);
  const failed = one.status === "failed";
  const title = !failed
    ? t("done", { count: one.created })
    : one.done === 0 || one.strict
      ? t("failed")
      : t("failedPartly", { done: one.done, rows: one.rows });
  const reason = failure as Parameters<typeof failures>[0];
  return (
    <Alert color={failed ? "red" : one.skipped > 0 ? "yellow" : "teal"} role="status" title={title}>
      <Stack gap="xs">
        {failed && <Text size="sm">{failures(failures.has(reason) ? reason : "other")}</Text>}
        {counts.length > 0 && !(failed && one.strict) && (
          <div>
            {counts.map((count) => (
              <Text size="sm" key={count}>
                {t(count, { count: one[count] })}
              </Text>
            ))}
          </div>
        )}
        <Group gap="xs">{children}</Group>
      </Stack>
    </Alert>
  );
}
