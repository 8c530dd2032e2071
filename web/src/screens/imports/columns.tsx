import { Select, Table, Text, Title } from "@mantine/core";
import type { ImportColumn, ImportMapping } from "@reparto/client";
import { useTranslations } from "use-intl";
import { ScrollRegion } from "../../common/scroll-region";
import { CUSTOM, FIELDS, type Field, type FieldGroup } from "./fields";

interface Props {
  columns: readonly ImportColumn[];
  /** Whether the values of the columns were read, too. */
  isRead: boolean;
  /** What was chosen by hand. */
  choices: ImportMapping;
  onChoose: (column: string, field: Field) => void;
}

/** The columns of the file, with examples and the field of each. */
export function Columns({ columns, isRead, choices, onChoose }: Props) {
  const t = useTranslations("imports");
  const fields = useTranslations("importField");
  const data = (Object.keys(FIELDS) as FieldGroup[]).map((group) => ({
    group: t(group),
    items: FIELDS[group].map((value) => ({ value, label: fields(value) })),
  }));
  return (
    <div>
      <Title order={3} size="h5">
        {t("columns")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("columnsHint")}
      </Text>
      <ScrollRegion className="table-scroll mapping-scroll" label={t("columns")}>
        <Table className="table mapping" aria-label={t("columns")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("column")}</Table.Th>
              <Table.Th>{t("samples")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {columns.map(({ name, field, samples }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">
                  <Select
                    size="xs"
                    label={name}
                    searchable
                    allowDeselect={false}
                    nothingFoundMessage={t("noField")}
                    data={data}
                    value={choices[name] ?? field ?? CUSTOM}
                    onChange={(next) => next !== null && onChoose(name, next as Field)}
                  />
                </Table.Th>
                <Table.Td data-label={t("samples")}>
                  {samples.length === 0 ? (
                    <span className="nobody">{isRead ? t("noSamples") : "–"}</span>
                  ) : (
                    <span className="cells">{samples.join(" · ")}</span>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </div>
  );
}
