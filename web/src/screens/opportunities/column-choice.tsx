import { ActionIcon, Menu } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconColumns3 } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslations } from "use-intl";
import { COLUMNS, type ColumnKey } from "./columns";

/** The columns that the user has hidden, kept in this browser. */
export function useHiddenColumns(): [ReadonlySet<ColumnKey>, (key: ColumnKey) => void] {
  const [hidden, setHidden] = useLocalStorage<ColumnKey[]>({ key: "reparto.hidden-columns", defaultValue: [] });
  const set = useMemo(() => new Set(hidden), [hidden]);
  const toggle = (key: ColumnKey): void =>
    setHidden((before) => (before.includes(key) ? before.filter((one) => one !== key) : [...before, key]));
  return [set, toggle];
}

export function ColumnChoice({ hidden, toggle }: { hidden: ReadonlySet<ColumnKey>; toggle: (key: ColumnKey) => void }) {
  const t = useTranslations("opportunities");
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t("chooseColumns")} title={t("chooseColumns")}>
          <IconColumns3 size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label={t("chooseColumns")}>
        {COLUMNS.filter((key) => key !== "contact").map((key) => (
          <Menu.CheckboxItem key={key} checked={!hidden.has(key)} onChange={() => toggle(key)}>
            {t(`columns.${key}`)}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
