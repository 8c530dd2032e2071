import { type Locale, preferredLocale } from "./locale";

/** The few texts that are needed outside React's components, where no translations are loaded. */
const TEXTS = {
  es: {
    close: "Cerrar",
    exportName: "oportunidades",
    unreachable: "No se puede conectar con el servicio.",
    exportEnded: "La exportación no ha terminado. En «Trabajos» puede ver por qué y reanudarla.",
  },
  en: {
    close: "Close",
    exportName: "opportunities",
    unreachable: "Cannot reach the service.",
    exportEnded: "The export did not finish. “Jobs” shows why, and lets you resume it.",
  },
} as const satisfies Record<Locale, object>;

export function plainText(key: keyof (typeof TEXTS)["en"]): string {
  return TEXTS[preferredLocale()][key];
}
