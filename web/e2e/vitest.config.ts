import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: { "@reparto/client": fileURLToPath(new URL("../../clients/typescript/src/index.ts", import.meta.url)) },
  },
  test: {
    include: ["e2e/**/*.e2e.ts"],
    globalSetup: ["e2e/setup.ts"],
    // One browser and one program at a time, so that measurements are not distorted.
    fileParallelism: false,
    retry: 0,
    // Only a hanging test takes so long, even on a busy machine.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 180_000 } },
  },
});
