/** Agentex's interface of tracing processors, as a `SpanExporter`. */

import type { SpanExporter } from "../../contract/span-exporter.ts";
import { LazyExporter } from "../backend/lazy-exporter.ts";
import type { LegacySpanProcessor } from "./legacy-span-processor.ts";

/**
 * @param options.name names the lane; default `processor`
 * @returns an exporter for the processor. A short span comes as its end only; its start is then told just before.
 */
export function fromProcessor(processor: LegacySpanProcessor, options: { readonly name?: string } = {}): SpanExporter {
  return new ProcessorExporter(processor, options);
}

class ProcessorExporter extends LazyExporter {
  readonly #processor: LegacySpanProcessor;

  constructor(processor: LegacySpanProcessor, { name }: { readonly name?: string }) {
    // One at a time: such a processor was never called twice at the same time by its tracer.
    super({ name, delivery: { concurrency: 1 } }, "processor", async () => {
      const { ProcessorSender } = await import("./sender.ts");
      return new ProcessorSender(processor);
    });
    this.#processor = processor;
  }

  /** A processor that was never called is told of the end all the same. */
  override async shutdown(): Promise<void> {
    if (this.isLoaded) await super.shutdown();
    else await this.#processor.shutdown?.();
  }
}
