import { Card, Stack, Text, Title } from "@mantine/core";
import type { Import } from "@reparto/client";
import { useTranslations } from "use-intl";
import { CUSTOM, type Field } from "./fields";
import { encodingName, type ORDERS, useSeparatorName } from "./file-facts";

/** How the file of an import was read. */
export function Facts({ of: { file, strict } }: { of: Import }) {
  const t = useTranslations("imports");
  const report = useTranslations("importReport");
  const orders = useTranslations("dateOrder");
  const fields = useTranslations("importField");
  const separatorName = useSeparatorName();
  const facts: Array<[string, string | null]> = [
    [t("system"), file.origin],
    [t("encoding"), file.encoding === null ? null : encodingName(file.encoding)],
    [t("separator"), file.separator === null ? null : separatorName(file.separator)],
    [t("sheet"), file.sheet],
    [t("timeZone"), file.time_zone],
    [t("dateOrder"), orders(file.date_order as (typeof ORDERS)[number])],
  ];
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {report("took")}
        </Title>
        <dl className="facts">
          {facts.map(
            ([label, value]) =>
              value !== null && (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
        {strict && <Text size="sm">{report("strictOn")}</Text>}
        {file.told.map(({ code, text }) => (
          <Text size="sm" key={code + text}>
            {text}
          </Text>
        ))}
        <details>
          <summary>{t("columns")}</summary>
          <dl className="facts">
            {file.columns.map(({ name, field }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{fields((field ?? CUSTOM) as Field)}</dd>
              </div>
            ))}
          </dl>
        </details>
      </Stack>
    </Card>
  );
}
