/** Series over time as shapes: bars from the ground up, or a line through what is known. */

interface Series {
  readonly values: readonly (number | null)[];
  readonly isBars?: boolean;
}

export interface ChartPaths {
  /** In the order of the series; each an SVG path. */
  readonly shapes: readonly string[];
  /** What the height is scaled to: the greatest value, or the round number above it. */
  readonly most: number;
  /** The greatest value where bars go on beyond the height, each with a gap near its top; null: none does. */
  readonly beyond: number | null;
}

const HEADROOM = 1.1;
const BAR_SHARE = 0.8;
const MIN_BAR_HEIGHT = 2;
/** Bars that are so many times as high as the next one would leave nothing to see of the others. */
const TOWERING = 6;
/** At most this share of the bars goes on beyond the height. */
const MAX_TOWERS_SHARE = 0.1;
/** Where the gap of a bar that goes on begins and ends, in pixels below the top. */
const GAP = [14, 11] as const;

/** Half the width of a point that stands alone, in pixels. */
const CROSS = 2;

/** @param hasScale whether `most` is told to a reader, and so should be round */
export function chartPaths(series: readonly Series[], width: number, height: number, hasScale = false): ChartPaths {
  const greatest = Math.max(1e-9, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const common = hasScale && series.every(({ isBars }) => isBars === true) ? greatestCommon(series) : greatest;
  const most = hasScale ? roundUp(common) : greatest;
  const toHeight = (value: number) => (value / (most * HEADROOM)) * height;
  return {
    most,
    beyond: greatest > most * HEADROOM ? greatest : null,
    shapes: series.map(({ values, isBars }) => {
      const step = width / Math.max(1, values.length);
      return isBars === true ? bars(values, step, height, toHeight) : line(values, step, height, toHeight);
    }),
  };
}

/** The greatest of the bars but for the few that tower above all others. */
function greatestCommon(series: readonly Series[]): number {
  const count = series[0]?.values.length ?? 0;
  const heights = Array.from({ length: count }, (_, index) =>
    Math.max(0, ...series.map(({ values }) => values[index] ?? 0)),
  );
  const sorted = heights.filter((height) => height > 0).sort((a, b) => b - a);
  let first = 0;
  for (let at = 1; at <= Math.max(1, Math.floor(sorted.length * MAX_TOWERS_SHARE)) && at < sorted.length; at++) {
    if (sorted[at - 1]! >= sorted[at]! * TOWERING) first = at;
  }
  return Math.max(1e-9, sorted[first] ?? 0);
}

/** To few digits: half of it is as easy to read. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const share = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * (1 - 1e-12)) ?? 10;
  return share * power;
}

function bars(values: Series["values"], step: number, height: number, toHeight: (value: number) => number): string {
  return values
    .map((value, index) => {
      if (value === null || value <= 0) return "";
      const tall = Math.max(MIN_BAR_HEIGHT, toHeight(value));
      const wide = Math.max(1, step * BAR_SHARE);
      const part = (top: number, bottom: number) =>
        `M${round(index * step)} ${round(top)}h${round(wide)}v${round(bottom - top)}h${round(-wide)}z`;
      return tall <= height ? part(height - tall, height) : part(0, GAP[1]) + part(GAP[0], height);
    })
    .join("");
}

/** A value without known neighbours is a small cross: a point of a line alone would hardly be seen. */
function line(values: Series["values"], step: number, height: number, toHeight: (value: number) => number): string {
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDrawing = false;
        return "";
      }
      const [x, y] = [round((index + 0.5) * step), round(height - toHeight(value))];
      const isAlone = !isDrawing && (values[index + 1] ?? null) === null;
      const part = isDrawing ? `L${x} ${y}` : `M${x} ${y}`;
      isDrawing = true;
      return isAlone ? `M${round(x - CROSS)} ${y}h${2 * CROSS}M${x} ${round(y - CROSS)}v${2 * CROSS}` : part;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
