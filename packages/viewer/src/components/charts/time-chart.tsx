/** A chart over time, drawn as shapes with the page's own colours; a drag across it chooses a range. */
import { type PointerEvent, useRef, useState } from "react";
import { chartPaths } from "../../model/charts/chart-paths.ts";
import { formatInstant } from "../../model/text/format.ts";
import { useWidth } from "../../state/browser/use-width.ts";
import styles from "./charts.module.css";

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** What is said of each, where the drawn one includes others. */
  readonly told?: readonly (number | null)[];
  /** Name of a token in the style sheet, e.g. `--red`. */
  readonly color: string;
  readonly isBars?: boolean;
}

interface TimeChartProps {
  readonly label: string;
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly ChartSeries[];
  readonly height: number;
  readonly format: (value: number) => string;
  readonly hasAxes?: boolean;
  readonly onRange?: ((fromMs: number, toMs: number) => void) | undefined;
}

interface Drag {
  readonly from: number;
  readonly to: number;
}

export function TimeChart(props: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { height, series, times } = props;
  const width = useWidth(frame);
  const [at, setAt] = useState<number | null>(null);
  const drag = useDrag(props);
  const paths = chartPaths(series, width, height, props.hasAxes);
  const indexAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(times.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * times.length)));
  };
  return (
    <div className={styles.chart} aria-label={summaryOf(props)} role="img">
      <div
        ref={frame}
        className={styles.plot}
        style={{ height }}
        onPointerDown={(event) => drag.begin(event, indexAt(event))}
        onPointerMove={(event) => {
          setAt(indexAt(event));
          drag.move(indexAt(event));
        }}
        onPointerUp={drag.end}
        onPointerLeave={() => setAt(null)}
      >
        <svg className={styles.shapes} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          {paths.shapes.map((path, index) => (
            <path
              key={series[index]!.label}
              d={path}
              style={
                series[index]!.isBars
                  ? { fill: `var(${series[index]!.color})` }
                  : { stroke: `var(${series[index]!.color})` }
              }
              fill="none"
              strokeWidth={1.5}
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        {props.hasAxes && <Scale most={paths.most} format={props.format} />}
        {drag.range !== null && <Marked {...drag.range} count={times.length} />}
        {drag.range === null && at !== null && times[at] !== undefined && <Told {...props} at={at} />}
      </div>
      {props.hasAxes && <Ends times={times} />}
      {paths.beyond !== null && (
        <p className={styles.beyond}>
          Bars with a gap go on beyond the scale: the highest to {props.format(paths.beyond)}.
        </p>
      )}
    </div>
  );
}

function useDrag({ times, bucketMs, onRange }: TimeChartProps) {
  const [range, setRange] = useState<Drag | null>(null);
  return {
    range,
    begin: (event: PointerEvent, index: number) => {
      if (onRange === undefined || times.length === 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setRange({ from: index, to: index });
    },
    move: (index: number) => setRange((before) => before && { ...before, to: index }),
    end: () => {
      setRange(null);
      if (range === null) return;
      const [from, to] = [Math.min(range.from, range.to), Math.max(range.from, range.to)];
      onRange?.(times[from]!, times[to]! + bucketMs);
    },
  };
}

/** What a picture says to those who don't see it. */
function summaryOf({ label, series, format }: TimeChartProps): string {
  const words = series.map(({ label: name, values }) => {
    const most = values.reduce<number>((greatest, value) => Math.max(greatest, value ?? 0), 0);
    return `${name} at most ${format(most)}`;
  });
  return `${label}: ${words.join(", ")}`;
}

function Scale({ most, format }: { readonly most: number; readonly format: (value: number) => string }) {
  return [1, 0.5].map((share) => (
    <span key={share} className={styles.level} style={{ bottom: `${(share / 1.1) * 100}%` }}>
      {format(most * share)}
    </span>
  ));
}

function Ends({ times }: { readonly times: readonly number[] }) {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <div className={styles.ends}>
      <span>{formatInstant(first).slice(0, 16)}</span>
      <span>{formatInstant(last).slice(0, 16)}</span>
    </div>
  );
}

function Marked({ from, to, count }: Drag & { readonly count: number }) {
  const [left, right] = [Math.min(from, to), Math.max(from, to) + 1];
  return (
    <span
      className={styles.marked}
      style={{ left: `${(left / count) * 100}%`, width: `${((right - left) / count) * 100}%` }}
    />
  );
}

function Told({ times, series, format, at }: TimeChartProps & { readonly at: number }) {
  const isRight = at > times.length / 2;
  return (
    <span className={styles.told} style={{ [isRight ? "right" : "left"]: 0 }}>
      {formatInstant(times[at]!).slice(0, 16)}
      {series.map(({ label, values, told = values }) => (
        <span key={label}>
          <bdi>{label}</bdi> {told[at] === null || told[at] === undefined ? "–" : format(told[at])}
        </span>
      ))}
    </span>
  );
}
