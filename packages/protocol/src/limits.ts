/** Limits of the wire formats. Each says whose rule it is. */

/** SGP: items in one `spans/batch` request. More is a validation error. */
export const SGP_MAX_BATCH_ITEMS = 1000;

/** SGP: length of `id`, `trace_id`, `parent_id` and `group_id`, in UTF-8 bytes. */
export const MAX_ID_BYTES = 256;

/** SGP: the same ids in characters (code points). Longer is 422, where only too many bytes is 400. */
export const MAX_ID_CHARACTERS = 256;

/** Agentex: most spans in one page of `GET /spans`, and how many come when nobody says. */
export const AGENTEX_MAX_PAGE_SPANS = 1000;
export const AGENTEX_DEFAULT_PAGE_SPANS = 50;

/** OTLP/HTTP: size of a request after decompression, in bytes, that a server should take. */
export const OTLP_MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** OTLP/HTTP: size of a response that a client reads, in bytes, is 4 MiB; Everspan reads no more than this of any answer. */
export const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Everspan: what one payload may be. The SDK cuts at these when it captures, marked as cut, so what it sends is never
 * refused for its size; the collector's own bounds are made of them.
 */

/** Containers within containers. Deeper is refused, so that what follows may recurse. */
export const MAX_PAYLOAD_DEPTH = 128;
/** Properties and items in all. */
export const MAX_PAYLOAD_VALUES = 200_000;
/** Size as JSON, in bytes, about. */
export const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;
/** Length of one property's name, in UTF-16 units. */
export const MAX_KEY_CHARACTERS = 1024;
/** `input`, `output` and `data`. */
export const PAYLOADS_PER_SPAN = 3;

/** Everspan: the largest revision. Phase and revision together then fit a double exactly, see `merge.ts`. */
export const MAX_REVISION = 2 ** 52 - 1;

/** Everspan: spans in one native batch. */
export const NATIVE_MAX_BATCH_SPANS = 10_000;

/** Everspan: the longest interval between signs of life. Beyond a day nobody would call it one. */
export const MAX_HEARTBEAT_MS = 86_400_000;

/** Everspan: a value whose encoding is shorter than this, in bytes, is not worth a blob. */
export const DEFAULT_BLOB_THRESHOLD_BYTES = 256;

/** Everspan: what a kept blob counts for besides its content: its name and its place in the table of who keeps it. */
export const KEPT_BLOB_ENTRY_BYTES = 512;

/** Everspan: size of one payload after its blobs are put back, in bytes of JSON. Stops blobs that multiply each other. */
export const MAX_RESTORED_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** Everspan: items that runs put into the arrays of one batch. Each takes a pointer, so this stops 64 MiB of them. */
export const MAX_RUN_PLACES = 8 * 1024 * 1024;
