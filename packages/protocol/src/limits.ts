/** Limits of the wire formats. Each says whose rule it is. */

/** SGP: items in one `spans/batch` request. More is a validation error. */
export const SGP_MAX_BATCH_ITEMS = 1000;

/** SGP: length of `id`, `trace_id`, `parent_id` and `group_id`, in UTF-8 bytes. */
export const MAX_ID_BYTES = 256;

/** OTLP/HTTP: size of a response that a client reads, in bytes, is 4 MiB; Everspan reads no more than this of any answer. */
export const MAX_RESPONSE_BYTES = 64 * 1024;
