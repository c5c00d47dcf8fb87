/**
 * `everspan/otel`: spans of OpenTelemetry beside Everspan's, in one tree. Nothing of OpenTelemetry is imported.
 *
 * A program with an SDK of OpenTelemetry gives it a span processor:
 *
 * ```ts
 * new NodeSDK({ spanProcessors: [everspanSpanProcessor()] }).start();
 * ```
 *
 * A program without one makes Everspan its tracer provider:
 *
 * ```ts
 * import * as api from "@opentelemetry/api";
 *
 * registerEverspan(api);
 * ```
 *
 * Spans of models, tools and agents are recorded, and their ancestors, as they start and as they end. Their attributes
 * go as they are; Everspan's collector reads them as it reads those of OTLP.
 */
export type * from "./api.ts";
export type { EverspanOtelOptions } from "./options.ts";
export { everspanContextManager, registerEverspan } from "./register.ts";
export { everspanSpanProcessor } from "./span-processor.ts";
export { everspanTracerProvider } from "./tracer-provider.ts";
