import { useMemo } from "react";
import type { RunBuckets } from "../../model/charts/run-buckets.ts";
import styles from "./charts.module.css";
import { type ChartSeries, TimeChart } from "./time-chart.tsx";

interface TrendCardProps {
  readonly title: string;
  readonly buckets: RunBuckets;
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly onRange: (fromMs: number, toMs: number) => void;
}

/** One chart of the Overview, with its legend. */
export function TrendCard({ title, buckets, series, format, onRange }: TrendCardProps) {
  // Drawn anew with the buckets, not with each list of series that a render makes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the series are made of the buckets
  const drawn = useMemo(() => series, [buckets]);
  return (
    <section className={styles.card} aria-label={title}>
      <h2>
        {title}
        <span className={styles.legend}>
          {series.map(({ label, color }) => (
            <span key={label}>
              <span className="swatch" style={{ background: `var(${color})` }} /> {label}
            </span>
          ))}
        </span>
      </h2>
      <TimeChart
        label={title}
        times={buckets.times}
        bucketMs={buckets.bucketMs}
        series={drawn}
        height={140}
        format={format}
        hasAxes
        onRange={onRange}
      />
    </section>
  );
}
