/** A search for spans as one SQL condition. Lists travel as one JSON parameter each, so the statement does not grow. */
import type { SpanSearch } from "../../trace-store.ts";
import { idToBytes } from "../schema/id-bytes.ts";
import type { SqlValue } from "../schema/sqlite.ts";
import { KEY_OF_LISTED_ID } from "./span-blocks.ts";

export interface SearchCondition {
  /** Of the tables `spans` and `traces`. */
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

const STATUSES = ["OK", "ERROR", "CANCELED"];

export function searchCondition(project: number, search: SpanSearch): SearchCondition {
  const where = ["traces.project = ?"];
  const parameters: SqlValue[] = [project];
  const add = (condition: string, values: readonly (string | number)[] | undefined) => {
    if (values === undefined) return;
    where.push(condition);
    parameters.push(JSON.stringify(values));
  };
  const ids = (values: readonly string[] | undefined) => values?.map((id) => idToBytes(id).toString("hex"));
  const inHex = "IN (SELECT unhex(value) FROM json_each(?))";
  add(`traces.trace_id ${inHex}`, ids(search.traceIds));
  add(KEY_OF_LISTED_ID, ids(search.spanIds));
  add("spans.task IN (SELECT value FROM json_each(?))", search.taskIds);
  add(`spans.name ${IN_WORDS}`, search.names);
  add(`spans.type ${IN_WORDS}`, search.types);
  add(
    "spans.status IN (SELECT value FROM json_each(?))",
    search.statuses?.map((status) => STATUSES.indexOf(status)),
  );
  add(`spans.parent ${inHex}`, ids(search.parentIds));
  add(`traces.trace_id NOT ${inHex}`, ids(search.excludedTraceIds));
  add(`spans.span NOT ${inHex}`, ids(search.excludedSpanIds));
  const pairs = (spans: SpanSearch["spans"]) =>
    spans?.map(({ traceId, spanId }) => `${idToBytes(traceId).toString("hex")}/${idToBytes(spanId).toString("hex")}`);
  const pair = "(lower(hex(traces.trace_id)) || '/' || lower(hex(spans.span)))";
  add(`${pair} IN (SELECT value FROM json_each(?))`, pairs(search.spans));
  add(KEY_OF_LISTED_ID, ids(search.spans?.map(({ spanId }) => spanId)));
  add(`${pair} NOT IN (SELECT value FROM json_each(?))`, pairs(search.excludedSpans));
  const bound = (condition: string, value: number | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    parameters.push(value);
  };
  bound("spans.start_us >= ?", search.fromMicros);
  bound("spans.start_us <= ?", search.toMicros);
  const longest = "coalesce(spans.duration_us, 9e15)";
  bound(`${longest} >= ?`, search.minDurationMs === undefined ? undefined : search.minDurationMs * 1000);
  bound(`${longest} <= ?`, search.maxDurationMs === undefined ? undefined : search.maxDurationMs * 1000);
  if (search.rootsOnly === true) where.push("spans.parent IS NULL");
  return { sql: where.join(" AND "), parameters };
}

/** A word stands in a column by its number, or as itself. */
const IN_WORDS = "IN (SELECT coalesce((SELECT word FROM words WHERE text = value), value) FROM json_each(?))";
