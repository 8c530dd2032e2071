import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demo, run } from "./program.js";

/** Creates one demo database; each test file serves a copy of it. */
export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "reparto-demo-"));
  const full = join(folder, "full.db");
  const copy = join(folder, "copy.db");
  await demo(`sqlite:${full}`, 3000);
  // A backup is one file, without a log beside it.
  await run(["backup", copy, "--database-url", `sqlite:${full}`]);
  process.env["REPARTO_E2E_DEMO"] = copy;
  return () => rmSync(folder, { recursive: true, force: true });
}
