/**
 * `everspan/testing`, for the tests of an application that is traced: spans in memory, and what a test wants to say about
 * them, as functions that throw an `AssertionError` (for `node:test` and any other runner) and as matchers of Vitest's
 * and Jest's `expect`.
 */

export { MemoryExporter } from "../exporters/local/memory-exporter.ts";
export { assertBalanced, assertNothingLost } from "./assertions.ts";
export { assertNoErrors } from "./failures.ts";
export { type EverspanMatchers, everspanMatchers } from "./matchers.ts";
export type { Run } from "./run.ts";
export { assertUsageWithin, type RunUsage, type UsageLimits, usageOf } from "./run-usage.ts";
export { assertStructure, type StructureOptions, structureOf } from "./structure.ts";
export { type TestTracer, testTracer } from "./test-tracer.ts";
export {
  assertToolCalls,
  type ExpectedToolCall,
  type ToolCall,
  type ToolCallOptions,
  toolCallsOf,
} from "./tool-calls.ts";
