import { parseTimestamp } from "@everspan/protocol";
import type { Fields } from "../json/fields.ts";

/** Durations in milliseconds, in seconds, and instants, by the names that conventions give them. */
const IN_MS = [
  "ai.response.msToFirstChunk",
  "ai.stream.msToFirstChunk",
  "time_to_first_token_ms",
  "timeToFirstTokenMs",
];
const IN_SECONDS = [
  "gen_ai.response.time_to_first_chunk",
  "gen_ai.client.operation.time_to_first_chunk",
  "gen_ai.server.time_to_first_token",
  "llm.time_to_first_token",
];
/** Instants are whole milliseconds, starts are finer: so much earlier is the same moment. In microseconds. */
const CLOCK_STEP = 1000;
const INSTANTS = ["langfuse.observation.completion_start_time", "mastra.completion_start_time"];

export function firstTokenMs(data: Fields, startTime: string | undefined): number | undefined {
  const ms = data.number(...IN_MS);
  if (ms !== undefined) return ms;
  const seconds = data.number(...IN_SECONDS);
  if (seconds !== undefined) return seconds * 1000;
  for (const name of INSTANTS) {
    const text = data.peek(name);
    if (typeof text !== "string") continue;
    const instant = microseconds(text.replace(/^"|"$/g, ""));
    const start = startTime === undefined ? undefined : microseconds(startTime);
    if (instant === undefined || start === undefined || instant < start - CLOCK_STEP) continue;
    data.take(name);
    return Math.max(0, instant - start) / 1000;
  }
  return undefined;
}

function microseconds(text: string): number | undefined {
  const parsed = parseTimestamp(text);
  return parsed === undefined || parsed === null ? undefined : Number(parsed);
}
