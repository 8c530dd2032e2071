import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  resolve: {
    // The client's sources, so that the page needs no build of the package first.
    alias: { "@reparto/client": fileURLToPath(new URL("../clients/typescript/src/index.ts", import.meta.url)) },
  },
  build: {
    target: "es2022",
    // The colours of both schemes are told apart by light-dark(), which these know.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Small images and fonts stay files of their own: the policy allows no other source.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": process.env["REPARTO_URL"] ?? "http://127.0.0.1:8080" } },
});
