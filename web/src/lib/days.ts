/** The first moment of a calendar day (`2026-02-28`) in the reader's time zone, as RFC 3339. */
export function dayBegins(day: string | undefined): string | undefined {
  return day === undefined ? undefined : new Date(`${day}T00:00:00`).toISOString();
}

/** The last moment of a calendar day in the reader's time zone, as RFC 3339. */
export function dayEnds(day: string | undefined): string | undefined {
  return day === undefined ? undefined : new Date(`${day}T23:59:59.999`).toISOString();
}

/** The first moment of today, or of the day so many days ago, in the reader's time zone. */
export function startOfDay(daysAgo = 0): Date {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysAgo);
  return day;
}
