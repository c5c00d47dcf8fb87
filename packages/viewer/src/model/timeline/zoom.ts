/** Zoom and pan of a run's time: ranges in milliseconds after its start. */
import type { TimeRange } from "./time-axis.ts";

const MIN_RANGE_MS = 0.01;
const STEP = 0.25;

/** @param focus where it is zoomed to, 0 at the range's start, 1 at its end */
export function zoomed(range: TimeRange | null, wholeMs: number, factor: number, focus = 0.5): TimeRange | null {
  const { fromMs, toMs } = range ?? { fromMs: 0, toMs: wholeMs };
  const widthMs = Math.max(MIN_RANGE_MS, (toMs - fromMs) * factor);
  const atMs = fromMs + (toMs - fromMs) * focus;
  return within({ fromMs: atMs - widthMs * focus, toMs: atMs + widthMs * (1 - focus) }, wholeMs);
}

/** @param share of the range that it is moved by; negative: earlier */
export function panned(range: TimeRange | null, wholeMs: number, share: number): TimeRange | null {
  if (range === null) return null;
  const byMs = (range.toMs - range.fromMs) * share;
  const held = Math.max(-range.fromMs, Math.min(wholeMs - range.toMs, byMs));
  return within({ fromMs: range.fromMs + held, toMs: range.toMs + held }, wholeMs);
}

/** W and S zoom, A and D pan, as in games. */
export function zoomByKey(key: string, range: TimeRange | null, wholeMs: number): TimeRange | null {
  switch (key) {
    case "W":
      return zoomed(range, wholeMs, 1 - STEP);
    case "S":
      return zoomed(range, wholeMs, 1 / (1 - STEP));
    case "A":
      return panned(range, wholeMs, -STEP);
    default:
      return panned(range, wholeMs, STEP);
  }
}

function within(range: TimeRange, wholeMs: number): TimeRange | null {
  const fromMs = Math.max(0, range.fromMs);
  const toMs = Math.min(wholeMs, range.toMs);
  return fromMs <= 0 && toMs >= wholeMs ? null : { fromMs, toMs };
}
