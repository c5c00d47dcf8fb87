import type { SpanSnapshot } from "@everspan/protocol";
import { captureError } from "../capture/index.ts";
import type { Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import type { SpanExporter, SpanReader } from "../contract/span-exporter.ts";

/** Reads back what was delivered, from the first exporter that can. Loaded when it is asked for; never rejects. */
export class TraceReading {
  readonly #reader: SpanReader | undefined;
  readonly #diagnostics: Diagnostics;
  readonly #clock: Clock;

  constructor(exporters: readonly SpanExporter[], diagnostics: Diagnostics, clock: Clock) {
    this.#reader = exporters.find((exporter) => exporter.reader !== undefined)?.reader;
    this.#diagnostics = diagnostics;
    this.#clock = clock;
  }

  getSpan(traceId: string, id: string): Promise<SpanSnapshot | undefined> {
    return this.#attempt(async (reader) => reader?.getSpan(traceId, id), undefined);
  }

  listSpans(traceId: string): Promise<readonly SpanSnapshot[]> {
    return this.#attempt(async (reader) => (await reader?.listSpans(traceId)) ?? [], []);
  }

  async #attempt<T>(read: (reader: SpanReader | undefined) => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await read(this.#reader);
    } catch (error) {
      const { message } = captureError(error);
      this.#diagnostics.warn("reading", `spans could not be read back: ${message}`, this.#clock.monotonicMs());
      return otherwise;
    }
  }
}
