import { type SpanSnapshot, spanKey } from "@everspan/protocol";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { SpanExporter, SpanReader } from "../../contract/span-exporter.ts";

/** Keeps spans in memory: for tests. Merges as every store does, so a span is there once, as it ended. */
export class MemoryExporter implements SpanExporter {
  readonly name: string;
  readonly reader: SpanReader;
  #spans = new Map<string, SpanSnapshot>();

  constructor(options: { readonly name?: string } = {}) {
    this.name = options.name ?? "memory";
    this.reader = {
      getSpan: async (traceId, id) => this.#spans.get(spanKey(traceId, id)),
      listSpans: async (traceId) => this.spans().filter((span) => span.traceId === traceId),
    };
  }

  /** One snapshot for each span, in the order in which the spans arrived first. */
  spans(): readonly SpanSnapshot[] {
    return [...this.#spans.values()];
  }

  /** Forgets everything. */
  reset(): void {
    this.#spans = new Map();
  }

  async export(batch: readonly SpanSnapshot[]): Promise<ExportOutcome> {
    const { mergeSnapshots } = await import("./merge-rule.ts");
    for (const snapshot of batch) {
      const key = spanKey(snapshot.traceId, snapshot.id);
      this.#spans.set(key, mergeSnapshots(this.#spans.get(key), snapshot).winner);
    }
    return { kind: "delivered" };
  }
}
