import { parseTimestamp } from "@everspan/protocol";
import type { TimeInput } from "./span-options.ts";

/** Whole microseconds are exact in a number up to here: the years 1684 to 2255. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

/** Whole microseconds since the epoch; undefined when the application's value is no instant. Never throws. */
export function microsOf(time: TimeInput | undefined): number | undefined {
  if (time === undefined) return undefined;
  const micros = rawMicros(time);
  return micros !== undefined && Math.abs(micros) <= MAX_MICROS ? Math.floor(micros) : undefined;
}

function rawMicros(time: unknown): number | undefined {
  if (typeof time === "number") return time * 1000;
  if (typeof time === "string") return parseTimestamp(time);
  try {
    return time instanceof Date ? time.getTime() * 1000 : undefined;
  } catch {
    return undefined;
  }
}
