import { notifications } from "@mantine/notifications";
import { plainText } from "../i18n/plain";

const closeButton = () => ({ "aria-label": plainText("close") });

/** Shows briefly that something was done. */
export function success(message: string): void {
  notifications.show({ message, color: "teal", withBorder: true, closeButtonProps: closeButton() });
}

/** Shows why something was not done, long enough to be read. */
export function failure(message: string): void {
  notifications.show({
    message,
    color: "red",
    withBorder: true,
    autoClose: 10_000,
    role: "alert",
    closeButtonProps: closeButton(),
  });
}
