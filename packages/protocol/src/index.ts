/** The nouns on the wire and their codecs. No I/O, no dependencies; bundled into the packages that use it. */

// Dialects.
export { EVERSPAN_MARKER_KEY } from "./attribute-names.ts";
export {
  type AgentexPatch,
  type AgentexSpan,
  applyAgentexPatch,
  fromAgentexPatch,
  fromAgentexSpan,
  toAgentexCreate,
  toAgentexPatch,
} from "./codecs/agentex.ts";
export {
  type BatchProducer,
  type DecodedNativeBatch,
  decodeNativeBatch,
  encodeNativeBatch,
  NATIVE_FORMAT,
  type NativeBatch,
  type NativeEncodeOptions,
  type NativeRejection,
  type NativeResponse,
} from "./codecs/native.ts";
export { toOtlpJson } from "./codecs/otlp-json.ts";
export { type DecodedOtlp, fromOtlpJson } from "./codecs/otlp-json-decode.ts";
export { toOtlpProto } from "./codecs/otlp-proto.ts";
export { fromOtlpProto } from "./codecs/otlp-proto-decode.ts";
export type { OtlpRequest } from "./codecs/otlp-types.ts";
export type { Refusal } from "./codecs/refusal.ts";
export { type DecodedSpan, fromSgpItem, type SgpItem, type SgpStatus, toSgpItem } from "./codecs/sgp.ts";
export { type DecodedSgpBatch, fromSgpBatch, type SgpBatch, toSgpBatch } from "./codecs/sgp-batch.ts";
export { ERROR_CODES, type ErrorCode, EverspanError } from "./errors.ts";
export { newSpanId, newTraceId } from "./ids.ts";
export {
  AGENTEX_DEFAULT_PAGE_SPANS,
  AGENTEX_MAX_PAGE_SPANS,
  MAX_ID_BYTES,
  MAX_PAYLOAD_DEPTH,
  MAX_RESPONSE_BYTES,
  NATIVE_MAX_BATCH_SPANS,
  OTLP_MAX_REQUEST_BYTES,
  SGP_MAX_BATCH_ITEMS,
} from "./limits.ts";
// The merge rule, the same in every store.
export {
  compareRank,
  contentHash,
  type MergeResult,
  type MergeVerdict,
  mergeSnapshots,
  snapshotRank,
} from "./merge.ts";
export { BlobEncoder, type BlobEncoderOptions, BlobRestorer, type NameBlob, type Restored } from "./payload/blob.ts";
export type { JsonObject, JsonValue } from "./payload/json-value.ts";
export type { ErrorResponse, TraceListResponse, TraceResponse, TraceSummary } from "./query-types.ts";
export { validateSnapshot } from "./snapshot-validation.ts";
export type {
  ObservabilityContext,
  ServiceInfo,
  SpanError,
  SpanPhase,
  SpanSnapshot,
  SpanStatus,
} from "./span-snapshot.ts";
export { DEFAULT_SPAN_TYPE, isSpanType, SPAN_TYPES, type SpanType } from "./span-type.ts";
export { isOmittedPayload, type OmittedPayload, type StoredSpan } from "./stored-span.ts";
export { formatTimestamp, parseTimestamp } from "./timestamp.ts";
export { countsTowardTrace, type TokenUsage, tokenUsageOf } from "./token-usage.ts";
