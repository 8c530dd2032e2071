import { Group, Pagination, Select, Text } from "@mantine/core";
import { useFormatter, useTranslations } from "use-intl";

interface Props {
  page: number;
  pages: number;
  total: number;
  exact: boolean;
  limit: number;
  sizes: readonly number[];
  onPage: (page: number) => void;
  onLimit: (limit: number) => void;
}

export function Pager({ page, pages, total, exact, limit, sizes, onPage, onLimit }: Props) {
  const t = useTranslations("pager");
  const format = useFormatter();
  const first = total === 0 ? 0 : (page - 1) * limit + 1;
  return (
    <Group justify="space-between" gap="sm" className="pager">
      <Group gap="sm">
        <Text size="sm" c="dimmed" className="numbers" role="status">
          {t(exact ? "range" : "rangeAtLeast", {
            first: format.number(first),
            last: format.number(Math.min(page * limit, total)),
            total: format.number(total),
          })}
        </Text>
        <Select
          size="xs"
          w={86}
          aria-label={t("size")}
          allowDeselect={false}
          data={sizes.map((size) => ({ value: String(size), label: format.number(size) }))}
          value={String(limit)}
          onChange={(value) => onLimit(Number(value))}
        />
      </Group>
      {pages > 1 && (
        <Pagination
          size="sm"
          value={page}
          total={pages}
          onChange={onPage}
          getControlProps={(control) => ({ "aria-label": t(control) })}
          getItemProps={(number) => ({ "aria-label": t("page", { number: format.number(number) }) })}
        />
      )}
    </Group>
  );
}
