/** Reads spans back from the collector, with whole payloads. */
import { type SpanSnapshot, type StoredSpan, snapshotOfStored, type TraceResponse } from "@everspan/protocol";
import type { SpanReader } from "../../contract/span-exporter.ts";
import type { Backend } from "../backend/backend.ts";
import { readJson } from "../backend/read-json.ts";

export class CollectorReader implements SpanReader {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async getSpan(traceId: string, id: string): Promise<SpanSnapshot | undefined> {
    const path = `/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(id)}`;
    const span = (await readJson(this.#backend, "GET", path)) as StoredSpan | undefined;
    return span === undefined ? undefined : snapshotOfStored(span);
  }

  /** All spans of the trace, page after page. */
  async listSpans(traceId: string): Promise<readonly SpanSnapshot[]> {
    const path = `/api/traces/${encodeURIComponent(traceId)}?payloads=full`;
    const spans: SpanSnapshot[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: string = cursor === null ? path : `${path}&cursor=${encodeURIComponent(cursor)}`;
      const trace = (await readJson(this.#backend, "GET", page)) as TraceResponse | undefined;
      if (trace === undefined) return spans;
      for (const span of trace.spans) spans.push(snapshotOfStored(span));
      if (trace.nextCursor === null || trace.nextCursor === undefined) return spans;
      cursor = trace.nextCursor;
    }
  }
}
