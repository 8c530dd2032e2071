/** The reader's time zone by its IANA name, as the browser knows it. */
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
