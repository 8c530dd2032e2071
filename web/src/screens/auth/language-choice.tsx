import { Group, UnstyledButton } from "@mantine/core";
import { LANGUAGE_NAMES, LOCALES, setLocale, useLocale } from "../../i18n/locale";

/** Chooses the language before signing in. */
export function LanguageChoice() {
  const locale = useLocale();
  return (
    <Group justify="center" gap="md">
      {LOCALES.map((one) => (
        <UnstyledButton
          key={one}
          lang={one}
          className="language"
          aria-pressed={one === locale}
          onClick={() => setLocale(one)}
        >
          {LANGUAGE_NAMES[one]}
        </UnstyledButton>
      ))}
    </Group>
  );
}
