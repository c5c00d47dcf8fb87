/** Runs and failures over time, above the list: a drag filters by time. */
import { useMemo } from "react";
import { runBuckets } from "../../model/charts/run-buckets.ts";
import { formatExactCount } from "../../model/text/format.ts";
import { useRunSample } from "../../state/data/use-run-sample.ts";
import styles from "../charts/charts.module.css";
import { TimeChart } from "../charts/time-chart.tsx";

interface VolumeChartProps {
  readonly filter: string;
  /** Instants in RFC 3339. */
  readonly onRange: (from: string, to: string) => void;
}

export function VolumeChart({ filter, onRange }: VolumeChartProps) {
  const { value } = useRunSample(filter);
  const buckets = useMemo(() => runBuckets(value?.runs ?? [], 120), [value]);
  const series = useMemo(
    () => [
      { label: "Runs", values: buckets.runs, color: "--line-strong", isBars: true },
      { label: "Failed", values: buckets.errors, color: "--red", isBars: true },
    ],
    [buckets],
  );
  if (buckets.times.length < 2) return <div className="chart-place" />;
  return (
    <div className={styles.volume} title="Drag to choose a time">
      <TimeChart
        label="Runs over time"
        times={buckets.times}
        bucketMs={buckets.bucketMs}
        series={series}
        height={52}
        format={formatExactCount}
        onRange={(from, to) => onRange(new Date(from).toISOString(), new Date(to).toISOString())}
      />
    </div>
  );
}
