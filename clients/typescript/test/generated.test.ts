import { readFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

const at = (path: string) => new URL(path, import.meta.url);

it("the types are those of the service's document", async () => {
  const document = JSON.parse(await readFile(at("../../../docs/openapi.json"), "utf8"));
  const generated = await readFile(at("../src/generated.ts"), "utf8");
  const fresh = astToString(await openapi(document, { defaultNonNullable: false }));
  const body = (text: string) => text.slice(text.indexOf("export interface paths")).trim();
  // Not toEqual: a difference of thousands of lines helps nobody.
  expect(body(generated) === body(fresh), "npm run generate -w clients/typescript").toBe(true);
});
