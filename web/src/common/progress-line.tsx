import { Progress, Text } from "@mantine/core";
import { useFormatter, useTranslations } from "use-intl";

interface Props {
  label: string;
  done: number;
  total: number;
  /** Items per second; null if unknown. */
  rate: number | null;
  /** Null if unknown. */
  secondsLeft: number | null;
}

/** Progress as a bar and in words. */
export function ProgressLine({ label, done, total, rate, secondsLeft }: Props) {
  const t = useTranslations("progress");
  const format = useFormatter();
  const timeOf = (seconds: number): string => {
    if (seconds < 60) return t("seconds", { seconds });
    const minutes = Math.round(seconds / 60);
    return minutes < 60
      ? t("minutes", { minutes })
      : t("hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  };
  const words = [
    t("of", { done, total }),
    rate !== null && rate > 0 && t("rate", { rate: format.number(Math.round(rate)) }),
    secondsLeft !== null && secondsLeft > 0 && t("left", { time: timeOf(secondsLeft) }),
  ];
  return (
    <div>
      <Progress value={total === 0 ? 0 : (100 * done) / total} aria-label={label} />
      <Text size="sm" c="dimmed" mt={4} className="numbers">
        {words.filter((word) => word !== false).join(" · ")}
      </Text>
    </div>
  );
}
