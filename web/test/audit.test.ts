import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";

const DOMAIN = new URL("../../crates/domain/src/audit.rs", import.meta.url);

describe("the audit log", () => {
  it("has words for every action of the service", () => {
    const actions = readFileSync(DOMAIN, "utf8").matchAll(/ {4}pub const [A-Z_]+: &str = "([a-z]+(?:_[a-z]+)*)";/g);
    const names = [...actions].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !(name in en.auditAction))).toEqual([]);
  });

  it("has words for everything that an entry of the service may be about", () => {
    const types = readFileSync(DOMAIN, "utf8").matchAll(/ {12}Self::[A-Za-z]+ => "([a-z_]+)",/g);
    const names = [...types].map(([, name]) => name ?? "");
    expect(names).toContain("audit_log");
    expect(names.filter((name) => !(name in en.auditEntity))).toEqual([]);
  });
});
