/** The nouns on the wire and their codecs. No I/O, no dependencies; bundled into the packages that use it. */

// Nouns: the span as it travels, as it rests, and as the query API tells of it.

export type { ProducerState } from "./producer-state.ts";
export type {
  AggregateGroup,
  AggregateRow,
  AggregatesResponse,
  DeletionResponse,
  ErrorResponse,
  FacetField,
  FacetsResponse,
  FacetValue,
  ProducerListResponse,
  ProducerSummary,
  ReadSpan,
  SearchHit,
  SearchResponse,
  SentCall,
  SentMessage,
  SentMessagesResponse,
  SessionListResponse,
  SessionSummary,
  TraceListResponse,
  TraceResponse,
  TraceSort,
  TraceSortKey,
  TraceState,
  TraceSummary,
} from "./query-types.ts";
export {
  AGGREGATE_GROUPS,
  FACET_FIELDS,
  MAX_COUNTED_TRACES,
  PREVIEW_CHARACTERS,
  TRACE_SORT_KEYS,
  TRACE_STATES,
} from "./query-types.ts";
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
export {
  INTERRUPTED,
  isInterrupted,
  isOmittedPayload,
  type OmittedPayload,
  type StoredSpan,
  snapshotOfStored,
} from "./stored-span.ts";

// Ids and instants: how they are made, written and read.

export { BoundedMap } from "./bounded-map.ts";
export { type Cancel, type Clock, systemClock } from "./clock.ts";
export {
  DROP_REASON_TEXTS,
  DROP_REASONS,
  type DropReason,
  type DropReasonText,
  dropReasonWords,
} from "./drop-reasons.ts";
export { headOf } from "./head-of.ts";
export { newSpanId, newTraceId, spanKey } from "./ids.ts";
export { recordKey } from "./record-key.ts";
export { formatTimestamp, parseTimestamp } from "./timestamp.ts";

// The numbers of a span's snapshots.

export { ENDED, STANDING, STARTED } from "./revision.ts";

// The merge rule, the same in every store: which snapshot of a span stands.

export {
  compareRank,
  contentHash,
  type MergeResult,
  type MergeVerdict,
  mergeSnapshots,
  snapshotRank,
} from "./merge.ts";

// Spans that come in pieces, in whatever order.

export { joinPieces, type SpanPiece, type Stamps, snapshotOfPiece } from "./pieces.ts";

// What is known of the tokens of a call.

export type { SpanUsage, TokenCounts, TokenParts, UsageConflict } from "./token-counts.ts";

// What a span says about the model it ran, and whose numbers a trace sums up.

export { countsTowardTrace, type TokenUsage, tokenUsageOf } from "./token-usage.ts";

// Payloads: JSON in memory, and its large parts named by their content.

export {
  BlobEncoder,
  type BlobEncoderOptions,
  BlobRestorer,
  type BlobSource,
  type EncoderMemory,
  type EncodingSteps,
  type NameBlob,
  type Restored,
} from "./payload/blob.ts";
export { canonicalEncode } from "./payload/canonical-encode.ts";
export { type CutJson, type CutText, cutLongTexts } from "./payload/cut-texts.ts";
export { hash128 } from "./payload/hash128.ts";
export { encodeJson, isExactNumber, parseJsonNumbers, restoreNumbers } from "./payload/json-numbers.ts";
export type { JsonObject, JsonValue } from "./payload/json-value.ts";
export { isNumberText, type NumberText, numberOf } from "./payload/number-text.ts";
export { pieceEnd } from "./payload/piece-end.ts";
export { cutIntoRuns, isBlobSized, RUN_LENGTH, type Runs } from "./payload/runs.ts";

// What every decoder answers: a snapshot, or a refusal with the status of its dialect. Decoders never throw.

export type { DecodedSpan } from "./decoding/decoded-span.ts";
export { readTimestamp } from "./decoding/read-timestamp.ts";
export type { Refusal } from "./decoding/refusal.ts";

// Everspan's own batch, `POST /v1/everspan/batch`: snapshots as they are, each large part once.

export {
  type BatchProducer,
  type CarriedBlob,
  type DecodedNativeBatch,
  decodeNativeBatch,
  encodeNativeBatch,
  NATIVE_FORMAT,
  NATIVE_FORMAT_2,
  type NativeBatch,
  type NativeEncodeOptions,
  type NativeRejection,
  type NativeResponse,
  UNKNOWN_BLOBS,
} from "./dialects/native/native.ts";

// Who sends it, and that it is still there: `POST /v1/everspan/heartbeat`.

export { type DecodedHeartbeat, decodeHeartbeat, encodeHeartbeat } from "./dialects/native/heartbeat.ts";
export type { Heartbeat, ProducerLedger, ProducerReport } from "./dialects/native/producer-report.ts";

// Scale GenAI Platform: one item, and the batch that is taken whole or not at all.

export { fromSgpItem, type SgpItem, type SgpStatus, toSgpItem } from "./dialects/sgp/sgp.ts";
export {
  type DecodedSgpBatch,
  fromSgpBatch,
  type SgpBatch,
  sgpBatchSteps,
  toSgpBatch,
} from "./dialects/sgp/sgp-batch.ts";

// Agentex: `POST`, `PATCH` and `GET /spans`.

export {
  type AgentexPatch,
  type AgentexSpan,
  applyAgentexPatch,
  fromAgentexPatch,
  fromAgentexSpan,
  toAgentexCreate,
  toAgentexPatch,
} from "./dialects/agentex/agentex.ts";

// Native wires of others, whose spans come in pieces.

export type { DecodedPieces, RejectedItem } from "./decoding/piece-fields.ts";
export { fromBraintrustRows } from "./dialects/braintrust/braintrust.ts";
export { fromLangfuseBatch } from "./dialects/langfuse/langfuse.ts";
export { fromLangSmithBatch, fromLangSmithRun } from "./dialects/langsmith/langsmith.ts";
export { fromOpenAiTraces } from "./dialects/openai-traces/openai-traces.ts";

// OpenTelemetry: `POST /v1/traces` as JSON and as protobuf; what its attributes mean is for a reader to say.

export { decodeOtlpJson } from "./dialects/otlp/decode-json.ts";
export { decodeOtlpLogsJson, decodeOtlpLogsProto, type OtlpLogRecord } from "./dialects/otlp/decode-logs.ts";
export { decodeOtlpProto } from "./dialects/otlp/decode-proto.ts";
export { toExactOtlpJson } from "./dialects/otlp/exact-fields.ts";
export { type DecodedOtlp, fromOtlpJson, fromOtlpProto } from "./dialects/otlp/from-otlp.ts";
export { isOtlpId, otlpSpanId, otlpTraceId } from "./dialects/otlp/otlp-ids.ts";
export { toOtlpJson } from "./dialects/otlp/otlp-json.ts";
export { toOtlpProto } from "./dialects/otlp/otlp-proto.ts";
export type { OtlpRequest } from "./dialects/otlp/otlp-types.ts";
export { snapshotOfRecord } from "./dialects/otlp/record-snapshot.ts";
export type { DecodedOtlpRequest } from "./dialects/otlp/request-builder.ts";
export type {
  NormalizedSpan,
  NormalizeSpan,
  OtlpAttributes,
  OtlpKind,
  OtlpResource,
  OtlpScope,
  OtlpSpanEvent,
  OtlpSpanLink,
  OtlpSpanRecord,
} from "./dialects/otlp/span-record.ts";
export {
  idsOfTraceState,
  MAX_TRACE_STATE_ENTRIES,
  TRACE_STATE_KEY,
  traceStateEntries,
} from "./dialects/otlp/trace-state.ts";
export { readUnreadSpan } from "./dialects/otlp/unread-span.ts";
export { ProtoError, ProtoReader } from "./protobuf/proto-reader.ts";
export { ProtoWriter } from "./protobuf/proto-writer.ts";

// Reserved names, limits with their owners, and the table of errors.

export { ABORT_NAME } from "./abort-name.ts";
export { EVERSPAN_MARKER_KEY, OTEL_FIELDS_KEY, PIECES_KEY } from "./attribute-names.ts";
export { ERROR_CODES, type ErrorCode, EverspanError } from "./errors.ts";
export {
  AGENTEX_DEFAULT_PAGE_SPANS,
  AGENTEX_MAX_PAGE_SPANS,
  KEPT_BLOB_ENTRY_BYTES,
  MAX_HEARTBEAT_MS,
  MAX_ID_BYTES,
  MAX_KEY_CHARACTERS,
  MAX_PAYLOAD_BYTES,
  MAX_PAYLOAD_DEPTH,
  MAX_PAYLOAD_VALUES,
  MAX_RESPONSE_BYTES,
  NATIVE_MAX_BATCH_SPANS,
  OTLP_MAX_REQUEST_BYTES,
  PAYLOADS_PER_SPAN,
  SGP_MAX_BATCH_ITEMS,
} from "./limits.ts";
