// Compresses what was built, and holds the first load (the page, its entry and the screen it opens on) to its budget.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const BUDGET = 300 * 1024;
const dist = new URL("../dist/", import.meta.url).pathname;
const assets = join(dist, "assets");
const gzipped = new Map();

for (const name of readdirSync(assets).filter((name) => /\.(js|css|svg)$/.test(name))) {
  const data = readFileSync(join(assets, name));
  const gzip = gzipSync(data, { level: 9 });
  const brotli = brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(join(assets, `${name}.gz`), gzip);
  writeFileSync(join(assets, `${name}.br`), brotli);
  gzipped.set(name, gzip.length);
}

/** A file and everything that it imports at once (not what it loads later). */
function withImports(name, seen = new Set()) {
  if (seen.has(name) || !gzipped.has(name)) return seen;
  seen.add(name);
  if (!name.endsWith(".js")) return seen;
  const text = readFileSync(join(assets, name), "utf8");
  for (const [, path] of text.matchAll(/(?:^|[;\n}])\s*import\s*(?:[^"'()]*?from\s*)?["']\.\/([^"']+)["']/g)) {
    withImports(path, seen);
  }
  return seen;
}

const html = readFileSync(join(dist, "index.html"), "utf8");
const first = new Set();
for (const [, name] of html.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)) withImports(name, first);
for (const name of gzipped.keys()) {
  if (/^(opportunities-screen|es)-.*\.(js|css)$/.test(name)) withImports(name, first);
}
const total = [...first].reduce((sum, name) => sum + (gzipped.get(name) ?? 0), 0);
for (const name of first) console.log(`${String(gzipped.get(name)).padStart(8)}  ${name}`);
console.log(`first load: ${(total / 1024).toFixed(1)} kB gzipped of ${BUDGET / 1024}`);
if (total > BUDGET) {
  console.error("the first load is over its budget");
  process.exit(1);
}
