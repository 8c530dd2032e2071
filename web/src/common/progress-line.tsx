import { Progress, Text } from "@mantine/core";
import { useFormatter, useTranslations } from "use-intl";

interface Props {
  label: string;
  done: number;
  total: number;
  /** Items a second, and seconds that are left; null where nobody can tell. */
  rate: number | null;
  secondsLeft: number | null;
}

/** How far something is, as a bar and in words. */
export function ProgressLine({ label, done, total, rate, secondsLeft }: Props) {
  const t = useTranslations("progress");
  const format = useFormatter();
  const words = [
    t("of", { done, total }),
    rate !== null && rate > 0 && t("rate", { rate: format.number(Math.round(rate)) }),
    secondsLeft !== null && secondsLeft > 0 && t("left", { time: lasting(secondsLeft) }),
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

/** Seconds as people say them. */
function lasting(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
