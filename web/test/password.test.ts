import { describe, expect, it } from "vitest";
import { isLongEnough, strengthOf } from "../src/lib/password";

describe("a password", () => {
  it.each([
    ["", "short"],
    ["1234567", "short"],
    ["12345678", "fair"],
    ["aaaaaaaaaaaaaaaa", "fair"],
    ["correct horse", "good"],
    ["abcdeabcdeabcdeabcde", "good"],
    ["correct horse battery", "strong"],
    ["x".repeat(129), "long"],
  ])("%j is %s", (password, strength) => {
    expect(strengthOf(password)).toBe(strength);
  });

  it("is measured in characters, not in units or bytes", () => {
    expect(isLongEnough("🐘".repeat(7))).toBe(false);
    expect(isLongEnough("🐘".repeat(8))).toBe(true);
    expect(isLongEnough("ñ".repeat(128))).toBe(true);
    expect(isLongEnough("ñ".repeat(129))).toBe(false);
  });
});
