/**
 * `everspan/ai`: traces the AI SDK (package `ai`, version 7).
 *
 * ```ts
 * import { registerEverspan } from "everspan/ai";
 *
 * registerEverspan(); // once, at start; before or after `ai` is loaded
 * ```
 *
 * A call that names `telemetry.integrations` of its own replaces the registered ones for that call: add
 * `everspanTelemetry()` to its list.
 */
export type * from "./events.ts";
export { type EverspanAiOptions, everspanTelemetry, registerEverspan } from "./telemetry.ts";
