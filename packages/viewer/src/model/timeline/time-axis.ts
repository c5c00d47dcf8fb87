/** The shared time axis of the waterfall: round steps, labels relative to the trace's start, positions as fractions. */
import { formatDuration } from "../text/format.ts";

export interface AxisTick {
  /** 0 at the axis' start, 1 at its end. */
  readonly position: number;
  readonly label: string;
}

export interface TimeAxis {
  readonly startMs: number;
  readonly endMs: number;
  readonly ticks: readonly AxisTick[];
}

/** A part of a run's time, in milliseconds after its start. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Above a second, steps follow the clock rather than powers of ten. */
const CLOCK_STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];

/**
 * @param originMs the instant that is labelled 0
 * @param maxTicks how many labels there is room for
 */
export function timeAxis(startMs: number, endMs: number, maxTicks: number, originMs = startMs): TimeAxis {
  const end = endMs > startMs ? endMs : startMs + 1;
  const step = tickStepMs((end - startMs) / Math.max(1, maxTicks));
  const ticks: AxisTick[] = [];
  const first = Math.ceil((startMs - originMs) / step) * step;
  for (let n = 0; n <= maxTicks + 1; n++) {
    const offset = first + n * step;
    const position = (originMs + offset - startMs) / (end - startMs);
    if (position > 1) break;
    ticks.push({ position, label: offset === 0 ? "0" : formatTick(offset, step) });
  }
  return { startMs, endMs: end, ticks };
}

/** Where an instant lies on the axis, held within it. */
export function positionOn(axis: TimeAxis, ms: number): number {
  return Math.min(1, Math.max(0, (ms - axis.startMs) / (axis.endMs - axis.startMs)));
}

function tickStepMs(atLeastMs: number): number {
  if (atLeastMs <= 1000) {
    const power = 10 ** Math.floor(Math.log10(Math.max(atLeastMs, 0.001)));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= atLeastMs * (1 - 1e-9)) ?? 10;
    return step * power;
  }
  const clockStep = CLOCK_STEPS_MS.find((step) => step >= atLeastMs);
  return clockStep ?? Math.ceil(atLeastMs / DAY) * DAY;
}

function formatTick(offsetMs: number, stepMs: number): string {
  if (offsetMs < 0) return `−${formatTick(-offsetMs, stepMs)}`;
  if (stepMs < 1000 && offsetMs >= 1000 && offsetMs < MINUTE) {
    const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(stepMs / 1000) - 1e-9)));
    return `${(offsetMs / 1000).toFixed(decimals)} s`;
  }
  return formatDuration(Number(offsetMs.toPrecision(12)));
}
