import { DatesProvider } from "@mantine/dates";
import "dayjs/locale/es";
import { type ReactNode, useEffect } from "react";
import { IntlProvider } from "use-intl";
import { en } from "./en";
import { es } from "./es";
import { type Locale, useLocale } from "./locale";

declare module "use-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: typeof en;
  }
}

const MESSAGES = { en, es };
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function LanguageProvider({ children }: { children: ReactNode }) {
  const locale = useLocale();
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <IntlProvider locale={locale} messages={MESSAGES[locale]} timeZone={timeZone}>
      <DatesProvider settings={{ locale, firstDayOfWeek: 1 }}>{children}</DatesProvider>
    </IntlProvider>
  );
}
