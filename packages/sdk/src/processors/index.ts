/** Ready-made processors, for `new Tracer({ processors: [...] })`. What is withheld is `redaction`'s, see `docs/redaction.md`. */

export type { SpanSnapshot } from "@everspan/protocol";
export { enrich } from "./enrich.ts";
export { sampleTraces } from "./sample-traces.ts";
export type { SpanProcessor } from "./span-processor.ts";
export type { TailSampler } from "./tail-sampler.ts";
export { type DataValue, type TailSamplingOptions, tailSampling } from "./tail-sampling.ts";
