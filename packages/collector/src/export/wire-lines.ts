/** Traces as the wires have them: what is written here, `everspan import` takes back without a loss. */
import {
  encodeJson,
  SGP_MAX_BATCH_ITEMS,
  type SpanSnapshot,
  snapshotOfStored,
  toExactOtlpJson,
  toSgpBatch,
} from "@everspan/protocol";
import type { SpanSource } from "./span-source.ts";

/** Spans of one request; fewer where they are large. */
const REQUEST_SPANS = Math.min(200, SGP_MAX_BATCH_ITEMS);

export async function* nativeLines(source: SpanSource, traceId: string): AsyncGenerator<string> {
  for await (const span of source.spans(traceId)) yield `${encodeJson(snapshotOfStored(span))}\n`;
}

export async function* otlpLines(source: SpanSource, traceId: string): AsyncGenerator<string> {
  for await (const snapshots of inRequests(source, traceId)) yield `${encodeJson(toExactOtlpJson(snapshots))}\n`;
}

export async function* sgpLines(source: SpanSource, traceId: string): AsyncGenerator<string> {
  for await (const snapshots of inRequests(source, traceId)) yield `${encodeJson(toSgpBatch(snapshots))}\n`;
}

async function* inRequests(source: SpanSource, traceId: string): AsyncGenerator<readonly SpanSnapshot[]> {
  let request: SpanSnapshot[] = [];
  for await (const span of source.spans(traceId)) {
    request.push(snapshotOfStored(span));
    if (request.length < REQUEST_SPANS) continue;
    yield request;
    request = [];
  }
  if (request.length > 0) yield request;
}
