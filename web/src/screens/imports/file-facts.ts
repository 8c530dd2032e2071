import { useCallback } from "react";
import { useTranslations } from "use-intl";

export const ENCODINGS = ["UTF-8", "UTF-16", "Windows-1252", "MacRoman"] as const;
export const SEPARATORS = ["comma", "semicolon", "tab", "pipe"] as const;
export const ORDERS = ["dmy", "mdy", "ymd"] as const;

/** The name of an encoding, in whatever case the service has it. */
export const encodingName = (name: string): string =>
  ENCODINGS.find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;

/** By the signs themselves, as which the service tells them. */
const NAMES: Record<string, (typeof SEPARATORS)[number]> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "pipe",
};

/** The name of a sign that separates cells. */
export function useSeparatorName(): (sign: string) => string {
  const t = useTranslations("imports");
  return useCallback(
    (sign) => {
      const name = NAMES[sign];
      return name === undefined ? sign : t(name);
    },
    [t],
  );
}
