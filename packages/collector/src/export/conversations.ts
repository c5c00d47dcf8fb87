/**
 * The conversations of a trace. An agent sends the whole history at each step, so the calls of one conversation hold each
 * other: only those that no other call continues are conversations of their own.
 */
import { hash128, type StoredSpan } from "@everspan/protocol";
import { type Message, messageHash, readSpan, type SpanReading } from "@everspan/reading";
import type { SpanSource } from "./span-source.ts";

export interface ReadCall {
  readonly span: StoredSpan;
  readonly reading: SpanReading;
  /** The history, and after it what the model answered. */
  readonly input: readonly Message[];
  readonly output: readonly Message[];
}

/** The call of a model that the span is; undefined when it is none, or nothing of it can be read. */
export function readCall(span: StoredSpan): ReadCall | undefined {
  const reading = readSpan(span);
  if (reading.kind !== "model") return undefined;
  const input = reading.input.kind === "read" ? reading.input.value.messages : [];
  const output = reading.output.kind === "read" ? reading.output.value.messages : [];
  return input.length + output.length === 0 ? undefined : { span, reading, input, output };
}

/**
 * The last calls of each conversation, by start. Two passes over the spans: the first keeps a hash of each beginning that
 * some call continues, the second the calls that are not among them.
 */
export async function* lastCalls(source: SpanSource, traceId: string): AsyncGenerator<ReadCall> {
  const continued = new Set<string>();
  const order: { readonly spanId: string; readonly whole: string }[] = [];
  for await (const span of source.spans(traceId)) {
    const call = readCall(span);
    if (call === undefined) continue;
    let beginning = "";
    for (const message of call.input) {
      beginning = hash128(beginning + messageHash(message));
      continued.add(beginning);
    }
    const isAnswered = call.output.length > 0;
    for (const message of call.output) beginning = hash128(beginning + messageHash(message));
    // A call without an answer is its own history: it is continued when another has more.
    order.push({ spanId: span.id, whole: isAnswered ? beginning : "" });
  }
  for (const { spanId, whole } of order) {
    if (whole === "" || continued.has(whole)) continue;
    const span = await source.span(traceId, spanId);
    const call = span === undefined ? undefined : readCall(span);
    if (call !== undefined) yield call;
  }
}
