/** Ids that follow from the run alone, so that replaying it again names the same spans and changes nothing. */
import { createHash } from "node:crypto";
import type { Trajectory } from "./trajectory.ts";

export interface RunIds {
  /** 32 hex digits. Two runs at one task have different ones: the id of the first reply is part of it. */
  readonly traceId: string;
  /** A UUID for a span, by its place in the run, for example `step/3/model`. */
  spanId(place: string): string;
}

export function runIds(trajectory: Trajectory): RunIds {
  const run = `${trajectory.instanceId}/${trajectory.steps[0]?.response.id}`;
  return {
    traceId: digest(run),
    spanId: (place) => uuid(digest(`${run}/${place}`)),
  };
}

function digest(name: string): string {
  return createHash("sha256").update(`mini-swe-agent/${name}`).digest("hex").slice(0, 32);
}

/** RFC 9562 version 8: a UUID made by a rule of one's own. */
function uuid(hex: string): string {
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20)}`;
}
