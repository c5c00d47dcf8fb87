/** The list of traces as one SQL statement over the table `traces`: filters, order and keyset page. */
import type { TraceSort, TraceSortKey } from "@everspan/protocol";
import type { TraceQuery } from "../trace-store.ts";
import type { SqlValue } from "./sqlite.ts";

const SORT_COLUMNS: Readonly<Record<TraceSortKey, string>> = {
  startTime: "start_us",
  durationMs: "duration_us",
  spanCount: "span_count",
  errorCount: "error_count",
  costUsd: "cost_usd",
  // Not a column of this format.
  tokens: "span_count",
  arrival: "start_us",
};

export interface ListStatement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Rows have `trace_id`, `tally` and `sort_key`; one row more than the limit tells that there is a next page. */
export function listStatement(project: string, query: TraceQuery): ListStatement {
  const { column, descending } = sortOf(query.sort ?? "-startTime");
  const where = ["project = ?"];
  const parameters: SqlValue[] = [project];
  const add = (condition: string, ...values: SqlValue[]): void => {
    where.push(condition);
    parameters.push(...values);
  };
  if (query.cursor !== undefined) {
    add(`(${column}, trace_id) ${descending ? "<" : ">"} (?, ?)`, query.cursor.key, query.cursor.traceId);
  }
  addFilters(query, add);
  const direction = descending ? "DESC" : "ASC";
  const sql = `SELECT trace_id, tally, ${column} AS sort_key FROM traces WHERE ${where.join(" AND ")}
    ORDER BY ${column} ${direction}, trace_id ${direction} LIMIT ?`;
  return { sql, parameters: [...parameters, query.limit + 1] };
}

function addFilters(query: TraceQuery, add: (condition: string, ...values: SqlValue[]) => void): void {
  const { text, status, type, service, fromMicros, toMicros, minDurationMs } = query;
  if (text !== undefined) {
    const escaped = text.replace(/[\\%_]/g, "\\$&");
    add("(name LIKE ? ESCAPE '\\' OR trace_id LIKE ? ESCAPE '\\')", `%${escaped}%`, `${escaped}%`);
  }
  if (status === "RUNNING") add("running = 1");
  else if (status !== undefined) add("status = ? AND running = 0", status);
  if (type !== undefined) add("instr(types, ?) > 0", ` ${type} `);
  if (service !== undefined) add("service = ?", service);
  if (fromMicros !== undefined) add("start_us >= ?", fromMicros);
  if (toMicros !== undefined) add("start_us < ?", toMicros);
  if (minDurationMs !== undefined) add("duration_us >= ?", Math.round(minDurationMs * 1000));
}

function sortOf(sort: TraceSort): { column: string; descending: boolean } {
  const descending = sort.startsWith("-");
  return { column: SORT_COLUMNS[(descending ? sort.slice(1) : sort) as TraceSortKey], descending };
}
