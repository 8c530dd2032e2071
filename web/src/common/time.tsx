import { useFormatter } from "use-intl";

/** A date and time in the reader's language. */
export function Moment({ at, date = false }: { at: string; date?: boolean }) {
  const format = useFormatter();
  const moment = new Date(at);
  const text = date
    ? format.dateTime(moment, { dateStyle: "medium" })
    : format.dateTime(moment, { dateStyle: "medium", timeStyle: "short" });
  return (
    <time dateTime={at} className="moment">
      {text}
    </time>
  );
}
