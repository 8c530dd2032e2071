import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PASSWORD, run } from "./program.js";

/** Makes one demo database; every file of tests serves a copy of it. */
export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "reparto-demo-"));
  const full = join(folder, "full.db");
  const copy = join(folder, "copy.db");
  const database = ["--database-url", `sqlite:${full}`];
  await run(
    ["demo", "--opportunities", "3000", "--agents", "12", "--seed", "1", "--password-stdin", ...database],
    PASSWORD,
  );
  // A backup is one file, without a log beside it.
  await run(["backup", copy, ...database]);
  process.env["REPARTO_E2E_DEMO"] = copy;
  return () => rmSync(folder, { recursive: true, force: true });
}
