import { Group, UnstyledButton } from "@mantine/core";
import { LOCALES, setLocale, useLocale } from "../../i18n/locale";

/** The languages, each by its own name, for who is not signed in. */
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
          {one === "es" ? "Español" : "English"}
        </UnstyledButton>
      ))}
    </Group>
  );
}
