import { DatePickerInput } from "@mantine/dates";
import "@mantine/dates/styles.css";

interface Props {
  label: string;
  placeholder: string;
  clearLabel: string;
  from: string | undefined;
  to: string | undefined;
  onChange: (from: string | undefined, to: string | undefined) => void;
}

/** From one day to another, as the reader's language writes days. */
export default function DayRange({ label, placeholder, clearLabel, from, to, onChange }: Props) {
  return (
    <DatePickerInput
      type="range"
      label={label}
      placeholder={placeholder}
      w={172}
      clearable
      clearButtonProps={{ "aria-label": clearLabel }}
      valueFormat="D MMM YYYY"
      allowSingleDateInRange
      value={[from ?? null, to ?? null]}
      onChange={([first, last]) => onChange(first ?? undefined, last ?? undefined)}
    />
  );
}
