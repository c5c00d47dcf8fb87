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
}

const HEADROOM = 1.1;
const BAR_SHARE = 0.8;
const MIN_BAR_HEIGHT = 2;

/** @param hasScale whether `most` is told to a reader, and so should be round */
export function chartPaths(series: readonly Series[], width: number, height: number, hasScale = false): ChartPaths {
  const greatest = Math.max(1e-9, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const most = hasScale ? roundUp(greatest) : greatest;
  const toHeight = (value: number) => (value / (most * HEADROOM)) * height;
  return {
    most,
    shapes: series.map(({ values, isBars }) => {
      const step = width / Math.max(1, values.length);
      return isBars === true ? bars(values, step, height, toHeight) : line(values, step, height, toHeight);
    }),
  };
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
      return `M${round(index * step)} ${round(height - tall)}h${round(wide)}v${round(tall)}h${round(-wide)}z`;
    })
    .join("");
}

/** A value without known neighbours is a dot. */
function line(values: Series["values"], step: number, height: number, toHeight: (value: number) => number): string {
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDrawing = false;
        return "";
      }
      const [x, y] = [round((index + 0.5) * step), round(height - toHeight(value))];
      const part = isDrawing ? `L${x} ${y}` : `M${x} ${y}h0.1`;
      isDrawing = true;
      return part;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
