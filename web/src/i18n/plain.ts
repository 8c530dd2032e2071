import { type Locale, preferredLocale } from "./locale";

/** The few texts that are needed outside React's components, where no translations are loaded. */
const TEXTS = {
  es: { close: "Cerrar", unreachable: "No se puede conectar con el servicio." },
  en: { close: "Close", unreachable: "Cannot reach the service." },
} as const satisfies Record<Locale, object>;

export function plainText(key: keyof (typeof TEXTS)["en"]): string {
  return TEXTS[preferredLocale()][key];
}
