import { Button, type ButtonProps, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslations } from "use-intl";
import { type ExportFormat, FORMATS } from "./export";

interface Props extends Pick<ButtonProps, "size" | "variant" | "ml"> {
  label: string;
  /** How much of an export is written, from 0 to 1; null where none is running. */
  part: number | null;
  onExport: (format: ExportFormat) => void;
}

/** Asks in which format opportunities are to be exported. */
export function ExportButton({ label, part, onExport, ...look }: Props) {
  const t = useTranslations("exportFormat");
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          {...look}
          leftSection={<IconDownload size={16} aria-hidden />}
          disabled={part !== null}
          aria-live="polite"
          className="numbers"
        >
          {part === null ? label : t("exporting", { part })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={t("format")}>
        {FORMATS.map((format) => (
          <Menu.Item key={format} onClick={() => onExport(format)}>
            {t(format)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
