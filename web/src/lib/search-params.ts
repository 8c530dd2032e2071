/** Readers for the values of the address bar: a value that is not allowed counts as absent. */
type Raw = Record<string, unknown>;

export function text(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" ? String(value) : undefined;
}

export function oneOf<T extends string>(raw: Raw, name: string, allowed: readonly T[]): T | undefined {
  const value = raw[name];
  return allowed.find((one) => one === value);
}

export function integer(raw: Raw, name: string, min: number, max: number): number | undefined {
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

/** The object without its absent and empty entries, so that addresses stay short. */
export function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== "")) as T;
}
