/** Reads spans back from Scale GenAI Platform: `POST /v5/spans/search`, in keyset pages. */
import { fromSgpItem, type SpanSnapshot } from "@everspan/protocol";
import type { SpanReader } from "../../contract/span-exporter.ts";
import { bodyOf } from "../../encoding/body.ts";
import type { Backend } from "../backend/backend.ts";
import { readJson } from "../backend/read-json.ts";

const PAGE_SPANS = 1_000;
/** A server that always says there is more must not keep us for ever. */
const MAX_PAGES = 1_000;

interface Page {
  readonly items?: readonly unknown[];
  readonly has_more?: boolean;
}

export class SgpReader implements SpanReader {
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async getSpan(traceId: string, id: string): Promise<SpanSnapshot | undefined> {
    const { items = [] } = await this.#page({ trace_ids: [traceId], span_ids: [id] }, undefined);
    return snapshotsOf(items).find((span) => span.id === id);
  }

  async listSpans(traceId: string): Promise<readonly SpanSnapshot[]> {
    const spans: SpanSnapshot[] = [];
    for (let page = 0; page < MAX_PAGES; page++) {
      const { items = [], has_more: hasMore } = await this.#page({ trace_ids: [traceId] }, spans.at(-1)?.id);
      const found = snapshotsOf(items);
      spans.push(...found);
      if (hasMore !== true || found.length === 0) break;
    }
    return spans;
  }

  async #page(filter: object, startingAfter: string | undefined): Promise<Page> {
    const query = new URLSearchParams({ limit: String(PAGE_SPANS), sort_order: "asc" });
    if (startingAfter !== undefined) query.set("starting_after", startingAfter);
    const body = bodyOf(Buffer.from(JSON.stringify(filter)));
    const answer = await readJson(this.#backend, "POST", `/v5/spans/search?${query}`, body);
    return typeof answer === "object" && answer !== null ? (answer as Page) : {};
  }
}

function snapshotsOf(items: readonly unknown[]): SpanSnapshot[] {
  return items.flatMap((item) => {
    const decoded = fromSgpItem(item);
    return decoded.ok ? [decoded.snapshot] : [];
  });
}
