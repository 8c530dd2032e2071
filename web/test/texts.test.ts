import { createTranslator } from "use-intl/core";
import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { es } from "../src/i18n/es";

type Texts = { [key: string]: string | Texts };

function flat(texts: Texts, path = ""): Array<[string, string]> {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`),
  );
}

/** The names of a text's values; words of plural branches are included and do no harm. */
const names = (text: string): string[] => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name ?? "");
const english = new Map(flat(en));

describe("every text", () => {
  it("can be formatted in both languages with the same values", () => {
    for (const [locale, messages] of [
      ["en", en],
      ["es", es],
    ] as const) {
      const faults: string[] = [];
      const onError = (error: Error) => void faults.push(`${locale} ${error.message}`);
      const t = createTranslator({ locale, messages, onError }) as (key: string, values: object) => string;
      for (const [key] of flat(messages)) {
        t(key, Object.fromEntries(names(english.get(key) ?? "").map((name) => [name, 2])));
      }
      expect(faults).toEqual([]);
    }
  });
});
