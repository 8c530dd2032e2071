import { store, useStore } from "../lib/store";

export const LOCALES = ["es", "en"] as const;
export type Locale = (typeof LOCALES)[number];

/** Each language's own name. */
export const LANGUAGE_NAMES = { es: "Español", en: "English" } as const satisfies Record<Locale, string>;

const KEY = "reparto.language";
const isLocale = (value: unknown): value is Locale => LOCALES.includes(value as Locale);

function initial(): Locale {
  const kept = window.localStorage.getItem(KEY);
  if (isLocale(kept)) return kept;
  const wished = navigator.languages.map((language) => language.slice(0, 2).toLowerCase()).find(isLocale);
  return wished ?? "es";
}

const locale = store<Locale>(initial());

export const preferredLocale = (): Locale => locale.get();
export const useLocale = (): Locale => useStore(locale);

export function setLocale(next: Locale): void {
  window.localStorage.setItem(KEY, next);
  locale.set(next);
}

/** What separates the cells of a CSV file: where a comma is the decimal sign, spreadsheets expect a semicolon. */
export const separatorOf = (locale: Locale): "comma" | "semicolon" => (locale === "es" ? "semicolon" : "comma");
