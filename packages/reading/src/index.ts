/**
 * Reading: from a span of any dialect to one form of messages, tools and usage. Pure, total, no I/O: the collector,
 * the viewer and everything that compares runs see the same.
 */

export {
  type CitationPart,
  type JsonPart,
  type MediaPart,
  type Message,
  type MessageRole,
  type Part,
  plainText,
  type ReasoningPart,
  type RefusalPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type UnknownPart,
} from "./form/message.ts";
export type { Embeddings, ModelInput, ModelOutput, ReadError, ToolDefinition } from "./form/payloads.ts";
export type { Reading } from "./form/reading.ts";
export type {
  AgentStep,
  ModelCall,
  Retrieval,
  RetrievedDocument,
  SpanKind,
  SpanReading,
  ToolCall,
} from "./form/span-reading.ts";
export type { TokenCounts, Usage, UsageConflict } from "./form/usage.ts";

// One span, and its payloads alone.

export { messageHash } from "./messages/message-hash.ts";
export { readModelInput, readModelOutput } from "./messages/payloads.ts";
export { readSpan } from "./span/read-span.ts";
export type { ReadableSpan } from "./span/readable-span.ts";
export { readUsage } from "./usage/read-usage.ts";

// What the store keeps beside a span, and what a trace's spans add up to.

export { type DerivedColumns, deriveColumns } from "./span/derive-columns.ts";
export { MAX_PREVIEW_LENGTH, previewOf } from "./span/preview.ts";
export { type CountableSpan, countTrace, sumUsages, type TraceCount } from "./usage/count-trace.ts";

// A span of OpenTelemetry, whose payloads lie in attributes: as the native wire would have it.

export { type AttributedSpan, type NormalizedSpan, normalizeSpan } from "./span/normalize-span.ts";

// Values of JSON.

export { isDeepEqual } from "./json/is-deep-equal.ts";

export { READER_VERSION } from "./version.ts";
