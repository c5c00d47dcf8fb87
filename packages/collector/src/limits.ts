/**
 * What the collector takes at most. Each bound exists so that no sender can make it use unbounded memory or time. Those
 * that a payload can reach are made of the protocol's: what the SDK captures within its budget is taken.
 */
import { getHeapStatistics } from "node:v8";
import {
  MAX_KEY_CHARACTERS,
  MAX_PAYLOAD_DEPTH,
  MAX_PAYLOAD_VALUES,
  NATIVE_MAX_BATCH_SPANS,
  OTLP_MAX_REQUEST_BYTES,
  PAYLOADS_PER_SPAN,
} from "@everspan/protocol";

/** Size of a request's body as it arrives when it is gzip, in bytes. */
export const MAX_COMPRESSED_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Size of a request's body after decompression, in bytes: OTLP's own, which holds three payloads of the largest size.
 * There is no smaller bound for one span: a long conversation's last model call alone may carry megabytes of history.
 */
export const MAX_BODY_BYTES = OTLP_MAX_REQUEST_BYTES;

/** What this process may have of objects, in bytes: Node's own bound, or that of `--max-old-space-size`. */
const HEAP_BYTES = getHeapStatistics().heap_size_limit;

/**
 * Bytes of bodies held at the same time until their requests were served, all together; less where the heap is small. More:
 * 503, as soon as it is known.
 */
export const MAX_BUFFERED_BODY_BYTES = Math.min(2 * MAX_BODY_BYTES, Math.floor(HEAP_BYTES / 4));

/**
 * Heap for what is parsed of bodies, in bytes, all requests together until they were served. The other half is for what is
 * kept, and for what a commit needs. More: 503; 413 for a body that is too much alone.
 */
export const MAX_PARSED_HEAP_BYTES = Math.floor(HEAP_BYTES / 2);

/**
 * What a body takes of the heap, about: as JSON for each byte of text and each value, as protobuf for each byte. Text is
 * there as a whole, as the values' parts and as what is written.
 */
export const HEAP_PER_JSON_BYTE = 3;
export const HEAP_PER_JSON_VALUE = 96;
export const HEAP_PER_PROTOBUF_BYTE = 6;

/**
 * Blobs of native batches that senders may leave out of later ones: characters of their JSON, and 512 for each. As parsed
 * values they take about as many bytes, twice as many in scripts beyond Latin. Less where the heap is small.
 */
export const MAX_KEPT_BLOB_BYTES = Math.min(64 * 1024 * 1024, Math.floor(HEAP_BYTES / 8));

/** Nesting of a body: a payload's, and what the dialects wrap around it. */
export const MAX_JSON_DEPTH = MAX_PAYLOAD_DEPTH + 8;

/** JSON values in one body: one span's, and what is around them. Parsing costs time and memory by values, not by bytes. */
export const MAX_JSON_NODES = PAYLOADS_PER_SPAN * MAX_PAYLOAD_VALUES + 100_000;

/** The same of OTLP's JSON form, which takes four containers for one of an attribute's, and four values for one. */
export const MAX_OTLP_JSON_DEPTH = 4 * MAX_PAYLOAD_DEPTH + 16;
export const MAX_OTLP_JSON_NODES = 4 * MAX_JSON_NODES;

/** Length of a property's name, in bytes of JSON text: up to six for a character. */
export const MAX_KEY_BYTES = 6 * MAX_KEY_CHARACTERS;

/** Spans in one request of any dialect that has no smaller limit. */
export const MAX_BATCH_RECORDS = NATIVE_MAX_BATCH_SPANS;

/** Deadlines of a connection, in milliseconds. Idle is long enough for a sender that pauses between an agent's steps. */
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 30_000;
export const IDLE_TIMEOUT_MS = 65_000;
/** How often the deadlines above are looked at. */
export const DEADLINE_CHECK_INTERVAL_MS = 2_000;

/** How long a connection that is to end may wait for its peer to read and close, in milliseconds. */
export const CLOSING_MS = 2_000;

/** A connection over which nothing moves, either way, for so long is destroyed, in milliseconds. */
export const STANDSTILL_TIMEOUT_MS = 90_000;

/** A body's bytes a second on average, once `BODY_GRACE_MS` are over. Less: 408. */
export const MIN_BODY_BYTES_PER_SECOND = 1024;
export const BODY_GRACE_MS = 5_000;

/** How fast a reader must take a response, on average, and how long it has beyond that, in milliseconds. */
export const MIN_READ_BYTES_PER_SECOND = 64 * 1024;
export const RESPONSE_GRACE_MS = 20_000;

/** Bytes of responses that wait for their readers, all together. More: 503. */
export const MAX_UNREAD_RESPONSE_BYTES = 48 * 1024 * 1024;
/** A reader that holds a response for so long gives its room to others, in milliseconds. */
export const STALLED_READER_MS = 2_000;

/** Responses from this size on are compressed for readers that take it, in bytes. */
export const COMPRESS_FROM_BYTES = 4096;

export const MAX_CONNECTIONS = 1000;
/** Connections beyond the bounds that are answered with 503; more are closed without a word. */
export const MAX_REFUSED_CONNECTIONS = 64;
/** Connections of one address. On loopback all producers share one. */
export const MAX_CONNECTIONS_PER_ADDRESS = 500;
export const MAX_HEADER_BYTES = 16 * 1024;

/** How long a clean stop waits for requests in flight, in milliseconds. */
export const DRAIN_TIMEOUT_MS = 10_000;

/** A payload whose JSON is larger than this, in bytes, is left out of a trace's answer unless it is asked for. */
export const INLINE_PAYLOAD_BYTES = 4096;

/** Spans in one page of a trace, and bytes of JSON after which it ends. */
export const MAX_TRACE_PAGE_SPANS = 2000;
export const MAX_TRACE_PAGE_BYTES = 4 * 1024 * 1024;

/** To how many characters a reader may have a span's texts cut at least: each one that is cut is named. */
export const MIN_TEXT_LIMIT = 4096;

/** Bytes of JSON in a list of whole spans, after which payloads are left out, or the page ends. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Traces in one page of the list: most, and when nobody says. */
export const MAX_TRACE_PAGE = 500;
export const DEFAULT_TRACE_PAGE = 50;

/** Live streams open at the same time. */
export const MAX_LIVE_SUBSCRIBERS = 100;

/** SGP: spans in one page of a search, and the ids that one search may name. */
export const MAX_SEARCH_PAGE_SPANS = 1000;
export const MAX_SEARCH_IDS = 10_000;

/** Agentex: spans in one page of `GET /spans`: most, and when nobody says. */
export const AGENTEX_MAX_PAGE_SPANS = 1000;
export const AGENTEX_DEFAULT_PAGE_SPANS = 50;

/** Producers that are remembered in one project, and for how long after their last report, in milliseconds: 30 days. */
export const MAX_PRODUCERS = 10_000;
export const PRODUCER_LIFE_MS = 30 * 86_400_000;

/** Producers in one answer: most, and when nobody says. */
export const MAX_PRODUCER_PAGE = 1000;
export const DEFAULT_PRODUCER_PAGE = 100;

/** Texts that stand in lists and indexes: a span's name, a field of its service. In UTF-8 bytes. */
export const MAX_NAME_BYTES = 64 * 1024;

/** One payload after everything it shares with others is put back: bytes of JSON, and values. */
export const MAX_STORED_PAYLOAD_BYTES = 64 * 1024 * 1024;
export const MAX_STORED_PAYLOAD_VALUES = 1_000_000;
