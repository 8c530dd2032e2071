/** The service's limits, in characters. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;

export type Strength = "short" | "fair" | "good" | "strong" | "long";

/** Characters as a reader counts them: those outside the basic plane count once. */
export const lengthOf = (password: string): number => Array.from(password).length;

/**
 * How good a password is by its length, which matters most; few different characters do not make it longer. Whether it
 * is one of the commonest, the service says.
 */
export function strengthOf(password: string): Strength {
  const length = lengthOf(password);
  if (length < PASSWORD_MIN) return "short";
  if (length > PASSWORD_MAX) return "long";
  const different = new Set(Array.from(password.toLowerCase())).size;
  if (length < 12 || different < 5) return "fair";
  return length < 16 || different < 8 ? "good" : "strong";
}

/** Whether the service would take a password of this length. */
export function isLongEnough(password: string): boolean {
  const strength = strengthOf(password);
  return strength !== "short" && strength !== "long";
}
