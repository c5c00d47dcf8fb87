import styles from "./charts.module.css";
import { type ChartSeries, TimeChart } from "./time-chart.tsx";

interface TrendCardProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly onRange: (fromMs: number, toMs: number) => void;
}

/** One chart of the Overview, with its legend. A click on a bar leads to its runs, a drag to those of a time. */
export function TrendCard({ title, times, bucketMs, series, format, onRange }: TrendCardProps) {
  return (
    <section className={styles.card} aria-label={title}>
      <h2>{title}</h2>
      <div className={styles.legend}>
        {series.map(({ label, color }) => (
          <span key={label}>
            <span className="swatch" style={{ background: `var(${color})` }} /> <bdi>{label}</bdi>
          </span>
        ))}
      </div>
      <TimeChart
        label={title}
        times={times}
        bucketMs={bucketMs}
        series={series}
        height={140}
        format={format}
        hasAxes
        onRange={onRange}
      />
    </section>
  );
}
