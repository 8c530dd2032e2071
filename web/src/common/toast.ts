import { notifications } from "@mantine/notifications";
import { preferredLocale } from "../i18n/locale";

const close = () => ({ "aria-label": preferredLocale() === "es" ? "Cerrar" : "Close" });

/** A short word that something was done. */
export function success(message: string): void {
  notifications.show({ message, color: "teal", withBorder: true, closeButtonProps: close() });
}

/** A short word that something was not done, and why. */
export function failure(message: string): void {
  notifications.show({
    message,
    color: "red",
    withBorder: true,
    autoClose: 10_000,
    role: "alert",
    closeButtonProps: close(),
  });
}
