import Bowser from "bowser";

/** What a session was opened with, as far as its user agent tells. */
export interface Device {
  /** A browser's name (`Firefox`), or the name of another program (`curl/8.5.0`); null if it told nothing. */
  program: string | null;
  /** The operating system's name (`Windows`); null if unknown. */
  system: string | null;
  /** Whether it is a phone or a tablet. */
  mobile: boolean;
}

/** Reads the header that browsers and other programs send. */
export function deviceOf(userAgent: string | null): Device {
  if (userAgent === null || userAgent.trim() === "") return { program: null, system: null, mobile: false };
  const { browser, os, platform } = Bowser.parse(userAgent);
  return {
    program: (userAgent.startsWith("Mozilla/") ? browser.name : undefined) ?? userAgent.split(/\s/)[0] ?? null,
    system: os.name ?? null,
    mobile: platform.type === "mobile" || platform.type === "tablet",
  };
}
