import { DatePickerInput } from "@mantine/dates";
import "@mantine/dates/styles.css";
import { useMediaQuery } from "@mantine/hooks";
import dayjs from "dayjs";
import { useTranslations } from "use-intl";

interface Props {
  label: string;
  placeholder: string;
  clearLabel: string;
  from: string | undefined;
  to: string | undefined;
  /** Its width, where it is not that of a filter in a row. */
  w?: string;
  onChange: (from: string | undefined, to: string | undefined) => void;
}

/** From one day to another, as the reader's language writes days. */
export default function DayRange({ label, placeholder, clearLabel, from, to, w, onChange }: Props) {
  const t = useTranslations("days");
  const isWide = useMediaQuery("(min-width: 30em)");
  const since = (days: number): [string, string] => {
    const today = dayjs();
    return [today.subtract(days, "day").format("YYYY-MM-DD"), today.format("YYYY-MM-DD")];
  };
  // Beside the calendar they would not fit on a phone.
  const presets = [
    { value: since(0), label: t("today") },
    { value: since(6), label: t("last", { days: 7 }) },
    { value: since(29), label: t("last", { days: 30 }) },
  ];
  return (
    <DatePickerInput
      type="range"
      label={label}
      placeholder={placeholder}
      w={w ?? 172}
      clearable
      clearButtonProps={{ "aria-label": clearLabel }}
      valueFormat="D MMM YYYY"
      allowSingleDateInRange
      ariaLabels={{
        previousMonth: t("previousMonth"),
        nextMonth: t("nextMonth"),
        previousYear: t("previousYear"),
        nextYear: t("nextYear"),
        previousDecade: t("previousDecade"),
        nextDecade: t("nextDecade"),
      }}
      // The red of weekends and the grey of other months are too pale to be read.
      weekendDays={[]}
      hideOutsideDates
      {...(isWide && { presets })}
      value={[from ?? null, to ?? null]}
      onChange={([first, last]) => onChange(first ?? undefined, last ?? undefined)}
    />
  );
}
