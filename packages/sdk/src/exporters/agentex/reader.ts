/** Reads spans back from Agentex: `GET /spans/{id}`, `GET /spans?trace_id=`. */
import { fromAgentexSpan, type SpanSnapshot } from "@everspan/protocol";
import type { SpanReader } from "../../contract/span-exporter.ts";
import type { Backend } from "../backend/backend.ts";
import { readJson } from "../backend/read-json.ts";

const PAGE_SPANS = 1_000;
/** A server that ignores the page number must not keep us for ever. */
const MAX_PAGES = 1_000;

export class AgentexReader implements SpanReader {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async getSpan(traceId: string, id: string): Promise<SpanSnapshot | undefined> {
    const span = await readJson(this.#backend, "GET", `/spans/${encodeURIComponent(id)}`);
    return snapshotsOf([span]).find((snapshot) => snapshot.traceId === traceId);
  }

  async listSpans(traceId: string): Promise<readonly SpanSnapshot[]> {
    const spans: SpanSnapshot[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({
        trace_id: traceId,
        limit: String(PAGE_SPANS),
        page_number: String(page),
        order_by: "start_time",
        order_direction: "asc",
      });
      const found = await readJson(this.#backend, "GET", `/spans?${query}`);
      if (!Array.isArray(found)) break;
      spans.push(...snapshotsOf(found));
      if (found.length < PAGE_SPANS) break;
    }
    return spans;
  }
}

function snapshotsOf(items: readonly unknown[]): SpanSnapshot[] {
  return items.flatMap((item) => {
    const decoded = fromAgentexSpan(item);
    return decoded.ok ? [decoded.snapshot] : [];
  });
}
