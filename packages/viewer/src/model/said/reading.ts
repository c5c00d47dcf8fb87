/**
 * What a span's payloads say, in the one form that every dialect is read into. A payload that was left out of the
 * trace's answer for its size reads as none: load the span first, see `state/data/use-span.ts`.
 */
import type { StoredSpan } from "@everspan/protocol";
import { type Message, type Reading, readSpan, type SpanReading } from "@everspan/reading";

/** Rows, story, inspector and search ask for the same span. */
const readings = new WeakMap<StoredSpan, SpanReading>();

export function readingOf(span: StoredSpan): SpanReading {
  let reading = readings.get(span);
  if (reading === undefined) {
    reading = readSpan(span);
    readings.set(span, reading);
  }
  return reading;
}

const NO_MESSAGES: readonly Message[] = [];

export function messagesOf(reading: Reading<{ readonly messages: readonly Message[] }>): readonly Message[] {
  return reading.kind === "read" ? reading.value.messages : NO_MESSAGES;
}

/** What a span was sent, as messages. */
export function sentBy(span: StoredSpan): readonly Message[] {
  return messagesOf(readingOf(span).input);
}

/** What it answered, as messages. */
export function repliesOf(span: StoredSpan): readonly Message[] {
  return messagesOf(readingOf(span).output);
}
