/** The service's limits, in characters. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;

/** How good a password is, or why the service would refuse it. */
export type Strength = "short" | "long" | "common" | "address" | "unchanged" | "fair" | "good" | "strong";

/** What else decides whether the service takes a password, as far as it is known. */
export interface Known {
  /** The account's address. */
  email?: string | undefined;
  /** The present password. */
  current?: string | undefined;
  /** The commonest passwords, in lower case. */
  common?: ReadonlySet<string> | undefined;
}

/** Characters as a reader counts them: those outside the basic plane count once. */
export const lengthOf = (password: string): number => Array.from(password).length;

const folded = (text: string): string => text.trim().toLowerCase();

/**
 * How good a password is by its length, which matters most; few different characters do not make it longer. One that the
 * service would refuse is never good: the same rules as the service's (`crates/domain/src/passwords.rs`).
 */
export function strengthOf(password: string, { email, current, common }: Known = {}): Strength {
  const length = lengthOf(password);
  if (length < PASSWORD_MIN) return "short";
  if (length > PASSWORD_MAX) return "long";
  if (email !== undefined && folded(password) === folded(email)) return "address";
  if (common?.has(folded(password))) return "common";
  if (password === current) return "unchanged";
  const different = new Set(Array.from(password.toLowerCase())).size;
  if (length < 12 || different < 5) return "fair";
  return length < 16 || different < 8 ? "good" : "strong";
}

/** Whether the service would take a password of this length. */
export function isLongEnough(password: string): boolean {
  const strength = strengthOf(password);
  return strength !== "short" && strength !== "long";
}

let commonest: Promise<ReadonlySet<string>> | undefined;

/** The commonest passwords, which the service refuses; loaded when first needed. */
export function commonPasswords(): Promise<ReadonlySet<string>> {
  commonest ??= import("../../../crates/domain/src/passwords.txt?raw").then(
    (list) => new Set(list.default.split("\n")),
  );
  return commonest;
}
