/** The Overview's charts: volume and failures, latency, tokens and cost; the last two by the chosen group. */
import type { AggregateGroup, AggregateRow, AggregatesResponse } from "@everspan/protocol";
import { useMemo } from "react";
import { stackedSeries, tokensOf, trendsOf } from "../../model/charts/aggregate-trends.ts";
import { formatCost, formatCount, formatDuration, formatExactCount } from "../../model/text/format.ts";
import { type TimeSpan, useAggregates } from "../../state/data/use-aggregates.ts";
import { stackedBars } from "./stacked-bars.ts";
import type { ChartSeries } from "./time-chart.tsx";
import { TrendCard } from "./trend-card.tsx";

interface TrendCardsProps {
  readonly totals: AggregatesResponse;
  readonly time: TimeSpan;
  readonly by: AggregateGroup;
  readonly onRange: (fromMs: number, toMs: number) => void;
}

export function TrendCards({ totals, time, by, onRange }: TrendCardsProps) {
  const grouped = useAggregates(time, by).value;
  const trends = useMemo(() => trendsOf(totals, time.fromMs, time.toMs), [totals, time]);
  const stacked = (title: string, read: (row: AggregateRow) => number, whole: readonly number[]): ChartSeries[] => {
    const series = grouped === undefined ? [] : stackedSeries(grouped, trends.times, read);
    if (series.length === 0) return [{ label: title, values: whole, color: "--kind-model", isBars: true }];
    return stackedBars(series);
  };
  const shared = { times: trends.times, bucketMs: trends.bucketMs, onRange };
  return (
    <>
      <TrendCard
        {...shared}
        title="Volume: spans and failures"
        format={formatExactCount}
        series={[
          { label: "Spans", values: trends.spans, color: "--bar", isBars: true },
          { label: "Failed", values: trends.failed, color: "--red", isBars: true },
        ]}
      />
      <TrendCard
        {...shared}
        title="Duration of a span"
        format={formatDuration}
        series={[
          { label: "p99", values: trends.p99Ms, color: "--text-3" },
          { label: "p95", values: trends.p95Ms, color: "--kind-tool" },
          { label: "p50", values: trends.p50Ms, color: "--kind-model" },
        ]}
      />
      <TrendCard
        {...shared}
        title={`Tokens by ${by}`}
        format={formatCount}
        series={stacked("Tokens", tokensOf, trends.tokens)}
      />
      <TrendCard
        {...shared}
        title={`Cost by ${by}`}
        format={formatCost}
        series={stacked("Cost", ({ costUsd }) => costUsd ?? 0, trends.costUsd)}
      />
    </>
  );
}
