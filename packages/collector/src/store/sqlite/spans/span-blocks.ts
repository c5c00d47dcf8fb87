/**
 * Spans by their ids. Ids are spread over all values: in one index of them all each span that is written would touch a
 * page of its own. So the index `spans_by_id` is ordered by blocks of 256 traces first, which are numbered as they arrive:
 * what is written together lies together. Who knows the trace looks in its block; who does not, in one after the other.
 */

/** The blocks that have spans, the newest first. */
const BLOCKS = `WITH RECURSIVE blocks (block) AS (
  SELECT max(trace) >> 8 FROM spans
  UNION ALL SELECT (SELECT max(trace) >> 8 FROM spans WHERE trace < (block << 8)) FROM blocks WHERE block IS NOT NULL
) SELECT block FROM blocks`;

/**
 * The keys of all spans whose ids are in a list. One parameter: JSON, the ids in hex. All of them are looked for in one
 * block before the next: its pages are read once.
 */
export const KEY_OF_LISTED_ID = `(spans.trace, spans.start_us, spans.span) IN (
  WITH ids AS MATERIALIZED (SELECT DISTINCT unhex(value) AS id FROM json_each(?) ORDER BY 1)
  SELECT found.trace, found.start_us, found.span FROM (${BLOCKS}) AS blocks CROSS JOIN ids
  CROSS JOIN spans AS found INDEXED BY spans_by_id ON (found.trace >> 8) = blocks.block AND found.span = ids.id)`;

/** Beside a condition on `spans.span` where `traces` is joined. */
export const IN_BLOCK_OF_TRACE = "(spans.trace >> 8) = (traces.trace >> 8) AND spans.trace = traces.trace";

/** Where spans with this id are, in the newest blocks first. One parameter. */
export const FIND_BY_ID = `SELECT spans.trace, spans.start_us FROM (${BLOCKS}) AS blocks
  CROSS JOIN spans INDEXED BY spans_by_id ON (spans.trace >> 8) = blocks.block AND spans.span = ?`;

export function blockOf(trace: number): number {
  return Math.floor(trace / 256);
}
