import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url));

const MAIN = `
import { ApiError, createClient, type BulkAssignment } from "@reparto/client";

const { opportunityApi } = createClient({ baseUrl: "http://localhost" });

export async function assign(opportunityIds: string[], agentId: string): Promise<number> {
  try {
    const result: BulkAssignment = await opportunityApi.bulkAssign({
      opportunity_ids: opportunityIds,
      assigned_to_id: agentId,
    });
    return result.assigned_count;
  } catch (error) {
    if (error instanceof ApiError) console.error(error.code, error.problem.detail);
    throw error;
  }
}

document.body.append(String(assign));
`;

it("the packed package compiles and bundles in a fresh Vite project", () => {
  const folder = mkdtempSync(join(tmpdir(), "reparto-pack-"));
  const run = (command: string, args: string[], cwd = folder) => execFileSync(command, args, { cwd, encoding: "utf8" });
  try {
    run("npm", ["run", "--silent", "build"], PACKAGE);
    const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], PACKAGE)) as Array<{
      filename: string;
      files: Array<{ path: string }>;
    }>;
    const names = packed?.files.map((file) => file.path) ?? [];
    expect(names).toContain("README.md");
    expect(names.filter((name) => !name.startsWith("dist/")).sort()).toEqual(["README.md", "package.json"]);

    const modules = join(folder, "node_modules");
    mkdirSync(join(modules, "@reparto/client"), { recursive: true });
    run("tar", ["xzf", packed?.filename ?? "", "--strip-components=1", "-C", "node_modules/@reparto/client"]);
    // The tools of the workspace stand in for an installation from the registry.
    for (const tool of ["vite", "typescript"]) symlinkSync(join(MODULES, tool), join(modules, tool));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "fresh", private: true, type: "module" }));
    writeFileSync(join(folder, "index.html"), '<script type="module" src="/main.ts"></script>');
    writeFileSync(join(folder, "main.ts"), MAIN);
    const options = {
      target: "ES2022",
      module: "ESNext",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["main.ts"] }));
    run("node", [join(MODULES, "typescript/bin/tsc"), "-p", "."]);
    expect(run("node", [join(MODULES, "vite/bin/vite.js"), "build"])).toContain("built in");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 600_000);
