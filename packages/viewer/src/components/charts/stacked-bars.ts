import type { GroupSeries } from "../../model/charts/aggregate-trends.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import type { ChartSeries } from "./time-chart.tsx";

const COLORS = ["--kind-model", "--kind-tool", "--kind-retrieval", "--kind-check", "--bar"] as const;

/** Groups over each other, the greatest on top. */
export function stackedBars(series: readonly GroupSeries[]): ChartSeries[] {
  return series.map(({ value, values }, index) => ({
    label: singleLine(value, 24),
    values,
    // What is drawn includes what stands below it; what is said does not.
    told: values.map((sum, at) => sum - (series[index + 1]?.values[at] ?? 0)),
    color: COLORS[index] ?? COLORS[4],
    isBars: true,
  }));
}
