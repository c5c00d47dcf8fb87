/** Reads spans back from the collector, with whole payloads. */
import type { SpanSnapshot, StoredSpan, TraceResponse } from "@everspan/protocol";
import type { SpanReader } from "../../contract/span-exporter.ts";
import type { Backend } from "../backend/backend.ts";

export class CollectorReader implements SpanReader {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async getSpan(traceId: string, id: string): Promise<SpanSnapshot | undefined> {
    const path = `/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(id)}`;
    const span = (await this.#backend.read("GET", path)) as StoredSpan | undefined;
    return span === undefined ? undefined : snapshotOf(span);
  }

  async listSpans(traceId: string): Promise<readonly SpanSnapshot[]> {
    const path = `/api/traces/${encodeURIComponent(traceId)}?payloads=full`;
    const trace = (await this.#backend.read("GET", path)) as TraceResponse | undefined;
    return trace === undefined ? [] : trace.spans.map(snapshotOf);
  }
}

/** Without what the collector derived. */
function snapshotOf(span: StoredSpan): SpanSnapshot {
  const { durationMs: _, model: _model, inputTokens: _in, outputTokens: _out, costUsd: _cost, ...rest } = span;
  const { producerId: _producer, producerState: _state, ...snapshot } = rest;
  return snapshot;
}
