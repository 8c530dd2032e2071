import { notifications } from "@mantine/notifications";

/** A short word that something was done. */
export function success(message: string): void {
  notifications.show({ message, color: "teal", withBorder: true });
}

/** A short word that something was not done, and why. */
export function failure(message: string): void {
  notifications.show({ message, color: "red", withBorder: true, autoClose: 10_000, role: "alert" });
}
