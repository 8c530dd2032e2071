import { useTranslations } from "use-intl";

const WIDTH = 112;
const HEIGHT = 24;

interface Props {
  counts: readonly number[] | undefined;
  /** The most assigned to anybody on one day: all sparklines share this scale. */
  most: number;
}

/** One agent's days as small bars, with their sum for screen readers. */
export function Sparkline({ counts, most }: Props) {
  const t = useTranslations("agents");
  if (counts === undefined) return <>…</>;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = WIDTH / counts.length;
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="spark"
      role="img"
      aria-label={t("trendHint", { total, days: counts.length })}
    >
      {counts.map((count, day) => {
        const height = count === 0 ? 1 : Math.max(2, (HEIGHT * count) / Math.max(1, most));
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place
            key={day}
            x={day * width}
            y={HEIGHT - height}
            width={width - 2}
            height={height}
            data-none={count === 0 || undefined}
          />
        );
      })}
    </svg>
  );
}
