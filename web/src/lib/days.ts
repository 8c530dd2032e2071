/** The first moment of a calendar day (`2026-02-28`) in the reader's time zone, as RFC 3339. */
export function dayBegins(day: string | undefined): string | undefined {
  return day === undefined || day === "" ? undefined : new Date(`${day}T00:00:00`).toISOString();
}

/** The last moment of a calendar day in the reader's time zone, as RFC 3339. */
export function dayEnds(day: string | undefined): string | undefined {
  return day === undefined ? undefined : new Date(`${day}T23:59:59.999`).toISOString();
}

/** The first moment of today, or of the day that many days ago, in the reader's time zone. */
export function startOfDay(daysAgo = 0): Date {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysAgo);
  return day;
}

/** The calendar day of a moment in the reader's time zone (`2026-02-28`); empty if there is none. */
export function dayOf(moment: string | null | undefined): string {
  if (moment === null || moment === undefined) return "";
  const at = new Date(moment);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
