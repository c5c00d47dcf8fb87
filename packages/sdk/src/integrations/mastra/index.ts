/**
 * `everspan/mastra`: traces Mastra's agents, workflows and tools.
 *
 * ```ts
 * import { everspanMastra } from "everspan/mastra";
 *
 * new Observability({ configs: { default: { serviceName: "weather", bridge: everspanMastra() } } });
 * ```
 *
 * As the `bridge` it also gives tools and model calls their context: spans of your own and observed clients in them belong
 * to them. Where there is a bridge already, put it among the `exporters`.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { EverspanMastra, MastraTracingEvent } from "./events.ts";
import { MastraSpans } from "./mastra-spans.ts";

export type { EverspanMastra, MastraError, MastraSpan, MastraTracingEvent } from "./events.ts";

export interface EverspanMastraOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
}

/** Every run is in the trace of whoever started it. It never delays a run and never throws into it. */
export function everspanMastra(options: EverspanMastraOptions = {}): EverspanMastra {
  const tracer = () => options.tracer ?? defaultTracer();
  const spans = new MastraSpans(tracer);
  const take = (event: MastraTracingEvent): void => quietly(() => spans.take(event));
  return {
    name: "everspan",
    onTracingEvent: take,
    exportTracingEvent: async (event) => take(event),
    createSpan: () => undefined,
    executeInContext: (spanId, fn) => spans.run(spanId, fn),
    executeInContextSync: (spanId, fn) => spans.run(spanId, fn),
    releaseSpan: (spanId) => quietly(() => spans.release(spanId)),
    flush: async () => {
      await tracer().flush();
    },
    // The tracer is the application's: it may trace more than Mastra.
    shutdown: async () => {
      await tracer().flush();
    },
  };
}
