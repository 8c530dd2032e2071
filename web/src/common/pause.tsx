import { Text } from "@mantine/core";
import { ApiError } from "@reparto/client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";

/** Seconds until the service takes the request again, counting down; 0 if it does not ask to wait. */
export function usePause(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const wait = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
    const end = Date.now() + wait * 1000;
    setLeft(Math.ceil(wait));
    if (wait === 0) return undefined;
    const timer = window.setInterval(() => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(seconds);
      if (seconds === 0) window.clearInterval(timer);
    }, 250);
    return () => window.clearInterval(timer);
  }, [error]);
  return left;
}

/** Says how long to wait, while there is something to wait for. */
export function Pause({ seconds }: { seconds: number }) {
  const t = useTranslations("states");
  if (seconds === 0) return null;
  return (
    <Text size="sm" role="timer">
      {t("wait", { seconds })}
    </Text>
  );
}
