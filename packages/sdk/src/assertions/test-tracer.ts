import type { SpanSnapshot } from "@everspan/protocol";
import { MemoryExporter } from "../exporters/local/memory-exporter.ts";
import { Tracer } from "../recording/tracer.ts";
import type { TracerOptions } from "../recording/tracer-options.ts";

export interface TestTracer {
  readonly tracer: Tracer;
  /** What was recorded until now, delivered and merged. */
  run(): Promise<readonly SpanSnapshot[]>;
  /** Forgets what was recorded until now. */
  reset(): Promise<void>;
}

/** A tracer that keeps its spans in memory. @param options as `Tracer`'s; exporters are added to the memory */
export function testTracer(options: TracerOptions = {}): TestTracer {
  const memory = new MemoryExporter();
  const tracer = new Tracer({ ...options, exporters: [memory, ...(options.exporters ?? [])] });
  return {
    tracer,
    run: async () => {
      await tracer.flush();
      return memory.spans();
    },
    reset: async () => {
      await tracer.flush();
      memory.reset();
    },
  };
}
