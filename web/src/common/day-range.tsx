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
  /** The width; that of a filter by default. */
  w?: string;
  onChange: (from: string | undefined, to: string | undefined) => void;
}

/** A field for a range of days. */
export default function DayRange({ label, placeholder, clearLabel, from, to, w, onChange }: Props) {
  const t = useTranslations("days");
  const isWide = useMediaQuery("(min-width: 30em)");
  const since = (days: number): [string, string] => {
    const today = dayjs();
    return [today.subtract(days, "day").format("YYYY-MM-DD"), today.format("YYYY-MM-DD")];
  };
  // They do not fit beside the calendar on a phone.
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
      // The colours of weekends and of days of other months have too little contrast.
      weekendDays={[]}
      hideOutsideDates
      {...(isWide && { presets })}
      value={[from ?? null, to ?? null]}
      onChange={([first, last]) => onChange(first ?? undefined, last ?? undefined)}
    />
  );
}
