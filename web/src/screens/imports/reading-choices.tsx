import { Group, Select, Switch, Text, TextInput, Title } from "@mantine/core";
import type { ImportFile } from "@reparto/client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { Reading } from "./dry-run";
import { ENCODINGS, encodingName, ORDERS, SEPARATORS, useSeparatorName } from "./file-facts";

interface Props {
  /** How the file was read last. */
  file: ImportFile;
  reading: Reading;
  /** Whether it has rows of people who were erased. */
  hasErased: boolean;
  onChange: (next: Partial<Reading>) => void;
}

/** How the file was understood, with other ways to read it. */
export function ReadingChoices({ file, reading, hasErased, onChange }: Props) {
  const t = useTranslations("imports");
  const orders = useTranslations("dateOrder");
  const separatorName = useSeparatorName();
  const detected = (value: string | null): string => (value === null ? t("detected") : t("detectedAs", { value }));
  return (
    <div>
      <Title order={3} size="h5">
        {t("how")}
      </Title>
      {file.origin !== null && (
        <Text size="sm">
          {t("system")}: {file.origin}
        </Text>
      )}
      {file.time_zone !== null && <Text size="sm">{t("zone", { zone: file.time_zone })}</Text>}
      {file.told.map(({ code, text }) => (
        <Text size="sm" key={code + text}>
          {text}
        </Text>
      ))}
      <Group gap="sm" align="flex-start" mt="xs" className="filters">
        {file.encoding !== null && (
          <Choice
            label={t("encoding")}
            detected={detected(reading.encoding === undefined ? encodingName(file.encoding) : null)}
            options={ENCODINGS.map((value) => ({ value, label: value }))}
            value={reading.encoding}
            onChange={(encoding) => onChange({ encoding })}
          />
        )}
        {file.separator !== null && (
          <Choice
            label={t("separator")}
            detected={detected(reading.separator === undefined ? separatorName(file.separator) : null)}
            options={SEPARATORS.map((value) => ({ value, label: t(value) }))}
            value={reading.separator}
            onChange={(separator) => onChange({ separator })}
          />
        )}
        {file.sheet !== null && <Sheet read={file.sheet} onChange={(sheet) => onChange({ sheet })} />}
        <Choice
          label={t("dateOrder")}
          detected={detected(
            reading.date_order === undefined ? orders(file.date_order as (typeof ORDERS)[number]) : null,
          )}
          options={ORDERS.map((value) => ({ value, label: orders(value) }))}
          value={reading.date_order}
          onChange={(date_order) => onChange({ date_order })}
        />
      </Group>
      <Group gap="lg" mt="sm">
        <Switch
          label={t("strict")}
          description={t("strictHint")}
          checked={reading.strict ?? false}
          onChange={(event) => onChange({ strict: event.currentTarget.checked || undefined })}
        />
        {(hasErased || reading.override_erased) && (
          <Switch
            label={t("overrideErased")}
            description={t("overrideErasedHint")}
            checked={reading.override_erased ?? false}
            onChange={(event) => onChange({ override_erased: event.currentTarget.checked || undefined })}
          />
        )}
      </Group>
    </div>
  );
}

/** The sheet of a workbook, by its name. */
function Sheet({ read, onChange }: { read: string; onChange: (sheet: string | undefined) => void }) {
  const t = useTranslations("imports");
  const [name, setName] = useState(read);
  const change = (): void => {
    if (name !== read) onChange(name.trim() || undefined);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change();
      }}
    >
      <TextInput
        size="xs"
        w={210}
        label={t("sheet")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={change}
      />
    </form>
  );
}

const DETECT = "";

interface ChoiceProps<T extends string> {
  label: string;
  /** What leaving it to the service is called. */
  detected: string;
  options: Array<{ value: T; label: string }>;
  value: T | undefined;
  onChange: (value: T | undefined) => void;
}

function Choice<T extends string>({ label, detected, options, value, onChange }: ChoiceProps<T>) {
  return (
    <Select
      size="xs"
      w={210}
      label={label}
      allowDeselect={false}
      data={[{ value: DETECT, label: detected }, ...options]}
      value={value ?? DETECT}
      onChange={(next) => onChange(options.find((option) => option.value === next)?.value)}
    />
  );
}
