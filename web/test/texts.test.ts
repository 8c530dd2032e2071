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

/** The tags of a text, each shown as its content. */
const tags = (text: string): Array<[string, (content: string) => string]> =>
  [...text.matchAll(/<(\w+)>/g)].map(([, name]) => [name ?? "", (content) => content]);
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
      const { markup } = createTranslator({ locale, messages, onError }) as unknown as {
        markup: (key: string, values: object) => string;
      };
      for (const [key] of flat(messages)) {
        const text = english.get(key) ?? "";
        markup(key, Object.fromEntries([...names(text).map((name) => [name, 2]), ...tags(text)]));
      }
      expect(faults).toEqual([]);
    }
  });
});
