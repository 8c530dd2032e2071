import { DatesProvider } from "@mantine/dates";
import { type ReactNode, useEffect, useState } from "react";
import { IntlProvider } from "use-intl";
import { timeZone } from "../lib/zone";
import type { en } from "./en";
import { type Locale, preferredLocale, useLocale } from "./locale";

declare module "use-intl" {
  interface AppConfig {
    Messages: typeof en;
  }
}

type Texts = { locale: Locale; messages: typeof en };

/** The reader's regional variant of the language, for dates and numbers: British and American English differ in these. */
function regional(locale: Locale): string {
  const own = navigator.languages.find((language) => language.toLowerCase().startsWith(`${locale}-`));
  return own ?? (locale === "en" ? "en-GB" : "es-ES");
}

/** Loads the texts of one language. */
async function load(locale: Locale): Promise<Texts> {
  if (locale === "en") return { locale, messages: (await import("./en")).en };
  const [{ es }] = await Promise.all([import("./es"), import("dayjs/locale/es")]);
  return { locale, messages: es };
}

const first = load(preferredLocale());

export function LanguageProvider({ children }: { children: ReactNode }) {
  const locale = useLocale();
  const [texts, setTexts] = useState<Texts | null>(null);
  useEffect(() => {
    let wanted = true;
    const show = (next: Texts): void => {
      if (wanted && next.locale === locale) setTexts(next);
    };
    void first.then((begun) => (begun.locale === locale ? begun : load(locale))).then(show);
    return () => {
      wanted = false;
    };
  }, [locale]);
  useEffect(() => {
    if (texts !== null) document.documentElement.lang = texts.locale;
  }, [texts]);
  if (texts === null) return null;
  return (
    <IntlProvider locale={regional(texts.locale)} messages={texts.messages} timeZone={timeZone}>
      <DatesProvider settings={{ locale: texts.locale, firstDayOfWeek: 1 }}>{children}</DatesProvider>
    </IntlProvider>
  );
}
