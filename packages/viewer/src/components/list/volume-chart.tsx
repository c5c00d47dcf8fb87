/** Volume and failures over time, above the list: a drag filters by time. */
import { useMemo } from "react";
import { trendsOf } from "../../model/charts/aggregate-trends.ts";
import { runBuckets } from "../../model/charts/run-buckets.ts";
import { formatExactCount, formatInstant } from "../../model/text/format.ts";
import { useAggregates, useLastDays } from "../../state/data/use-aggregates.ts";
import { useRunSample } from "../../state/data/use-run-sample.ts";
import styles from "../charts/charts.module.css";
import { TimeChart } from "../charts/time-chart.tsx";

interface VolumeChartProps {
  readonly filter: string;
  /** Instants in RFC 3339. */
  readonly onRange: (from: string, to: string) => void;
}

const DAYS = 7;

/**
 * Of the runs that match, as long as all of them can be counted here. Of more, and without a filter, the collector's own
 * sums by the hour: spans, of everything.
 */
export function VolumeChart({ filter, onRange }: VolumeChartProps) {
  const { value } = useRunSample(filter);
  return filter === "" && value?.isCut === true ? (
    <SummedVolume onRange={onRange} />
  ) : (
    <CountedVolume filter={filter} onRange={onRange} />
  );
}

function CountedVolume({ filter, onRange }: VolumeChartProps) {
  const { value } = useRunSample(filter);
  const buckets = useMemo(() => runBuckets(value?.runs ?? [], 120), [value]);
  return (
    <Volume
      label={value?.isCut === true ? "The newest runs over time" : "Runs over time"}
      noun="Runs"
      buckets={{ ...buckets, all: buckets.runs, failed: buckets.errors }}
      onRange={onRange}
    />
  );
}

function SummedVolume({ onRange }: Pick<VolumeChartProps, "onRange">) {
  const time = useLastDays(DAYS);
  const { value } = useAggregates(time);
  const trends = useMemo(
    () => trendsOf(value ?? { rows: [], bucketMs: 3_600_000 }, time.fromMs, time.toMs),
    [value, time],
  );
  return (
    <Volume
      label={`Spans by the hour, of the last ${DAYS} days`}
      noun="Spans"
      buckets={{ ...trends, all: trends.spans, failed: trends.failed }}
      onRange={onRange}
    />
  );
}

interface VolumeProps extends Pick<VolumeChartProps, "onRange"> {
  readonly label: string;
  readonly noun: string;
  readonly buckets: {
    readonly times: readonly number[];
    readonly bucketMs: number;
    readonly all: readonly number[];
    readonly failed: readonly number[];
  };
}

function Volume({ label, noun, buckets, onRange }: VolumeProps) {
  const { times, bucketMs, all, failed } = buckets;
  if (times.length < 2) return <div className="chart-place" />;
  return (
    <div className={styles.volume} title="Drag to choose a time">
      <p className={styles.caption} aria-hidden="true">
        {label} · {formatInstant(times[0]!).slice(0, 16)} to {formatInstant(times.at(-1)! + bucketMs).slice(0, 16)}
      </p>
      <TimeChart
        label={label}
        times={times}
        bucketMs={bucketMs}
        series={[
          { label: noun, values: all, color: "--bar", isBars: true },
          { label: "Failed", values: failed, color: "--red", isBars: true },
        ]}
        height={44}
        format={formatExactCount}
        onRange={(from, to) => onRange(new Date(from).toISOString(), new Date(to).toISOString())}
      />
    </div>
  );
}
