import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: { "@reparto/client": fileURLToPath(new URL("../clients/typescript/src/index.ts", import.meta.url)) },
  },
  test: { include: ["test/**/*.test.ts"], retry: 0, testTimeout: 120_000 },
});
