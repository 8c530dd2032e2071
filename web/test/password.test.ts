import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commonPasswords, isLongEnough, strengthOf } from "../src/lib/password";

const LIST = fileURLToPath(new URL("../../crates/domain/src/passwords.txt", import.meta.url));

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

  it("that the service would refuse is none of the good ones", () => {
    const email = "Ana.Garcia.Lopez@example.org";
    expect(strengthOf(" ana.garcia.lopez@EXAMPLE.org", { email })).toBe("address");
    expect(strengthOf("correct horse battery", { current: "correct horse battery" })).toBe("unchanged");
    expect(strengthOf("Correct horse battery", { current: "correct horse battery", email })).toBe("strong");
  });

  it("that is one of the service's commonest is called that, in any case", async () => {
    const common = await commonPasswords();
    for (const one of readFileSync(LIST, "utf8").trimEnd().split("\n")) {
      expect(strengthOf(` ${one.toUpperCase()}`, { common })).toBe("common");
    }
  });

  it("is measured in characters, not in units or bytes", () => {
    expect(isLongEnough("🐘".repeat(7))).toBe(false);
    expect(isLongEnough("🐘".repeat(8))).toBe(true);
    expect(isLongEnough("ñ".repeat(128))).toBe(true);
    expect(isLongEnough("ñ".repeat(129))).toBe(false);
  });
});
