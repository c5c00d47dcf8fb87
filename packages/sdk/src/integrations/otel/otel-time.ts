import type { OtelHrTime, OtelTimeInput } from "./api.ts";

/** Milliseconds since 1970, in the middle of their microsecond: as a fraction of a double its beginning may round down. */
export function wallMsOf([seconds, nanos]: OtelHrTime): number {
  return (seconds * 1e6 + Math.floor(nanos / 1_000) + 0.5) / 1_000;
}

/** A small number counts from the start of the process, as `performance.now()` does. Default: now. */
export function hrTimeOf(time: OtelTimeInput | undefined): OtelHrTime {
  if (Array.isArray(time)) return time;
  if (time instanceof Date) return hrTimeOfMs(time.getTime());
  if (typeof time !== "number" || !Number.isFinite(time)) return hrTimeOfMs(performance.timeOrigin + performance.now());
  return hrTimeOfMs(time < performance.timeOrigin ? performance.timeOrigin + time : time);
}

function hrTimeOfMs(ms: number): OtelHrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
