/** Reads values of the address bar; what is none of the allowed is as if it were absent. */
type Raw = Record<string, unknown>;

export function word(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" ? String(value) : undefined;
}

export function oneOf<T extends string>(raw: Raw, name: string, allowed: readonly T[]): T | undefined {
  const value = raw[name];
  return allowed.find((one) => one === value);
}

export function whole(raw: Raw, name: string, min: number, max: number): number | undefined {
  const value = Number(raw[name]);
  return raw[name] !== undefined && raw[name] !== "" && Number.isInteger(value) && value >= min && value <= max
    ? value
    : undefined;
}

export function flag(raw: Raw, name: string): boolean | undefined {
  const value = raw[name];
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

/** A calendar day, as in `2026-02-28`. */
export function day(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined;
}

/** Without the entries that are absent, so that the address stays short. */
export function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== "")) as T;
}

/** The first moment of a day where the reader is. */
export function dayBegins(day: string | undefined): string | undefined {
  return day === undefined ? undefined : new Date(`${day}T00:00:00`).toISOString();
}

/** The last moment of a day where the reader is. */
export function dayEnds(day: string | undefined): string | undefined {
  return day === undefined ? undefined : new Date(`${day}T23:59:59.999`).toISOString();
}
