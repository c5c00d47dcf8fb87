/** What a list asks of each trace, as conditions of a statement, and the columns of its orders and ranges. */
import type { TraceSort, TraceSortKey } from "@everspan/protocol";
import type { TraceQuery } from "../../store-queries.ts";
import { foldText } from "../../text/fold-text.ts";
import { rangesOfPrefix } from "../schema/id-bytes.ts";
import type { SqlValue } from "../schema/sqlite.ts";

export type Parameter = SqlValue | Uint8Array;

const SORT_COLUMNS: Readonly<Record<TraceSortKey, string>> = {
  startTime: "start_us",
  durationMs: "duration_us",
  spanCount: "span_count",
  errorCount: "error_count",
  costUsd: "cost_usd",
  tokens: "tokens",
  arrival: "arrived_ms",
};

export class Conditions {
  readonly parameters: Parameter[] = [];
  readonly parts: string[] = [];

  add(condition: string, ...values: Parameter[]): void {
    this.parts.push(`(${condition})`);
    this.parameters.push(...values);
  }

  get sql(): string {
    return this.parts.length === 0 ? "1" : `(${this.parts.join(" AND ")})`;
  }
}

/** Printable ASCII, whose cases SQLite folds as this program does. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/**
 * The text is looked for in the name of each row: many traces have it, so that a page is found soon, or another filter
 * leaves few rows. The index would have to give all that have it before the first, and is asked only of names beyond
 * ASCII, which fold to something else.
 */
export function addText({ text }: TraceQuery, conditions: Conditions): void {
  if (text === undefined) return;
  const folded = foldText(text);
  const ids = rangesOfPrefix(text);
  const byId = ids.map(() => "traces.trace_id BETWEEN ? AND ?").join(" OR ");
  const pattern = `%${folded.replace(/[\\%_]/g, "\\$&")}%`;
  const isIndexed = [...folded].length >= 3;
  const match = `"${folded.replaceAll('"', '""')}"`;
  const named = "traces.trace IN (SELECT rowid FROM trace_names WHERE trace_names MATCH ?)";
  if (isIndexed && !isPlain(folded)) {
    conditions.add(`${named} OR ${byId}`, match, ...ids.flat());
    return;
  }
  const unusual = isIndexed ? ` OR (traces.name GLOB '*[^ -~]*' AND ${named})` : "";
  const parameters = isIndexed ? [pattern, match] : [pattern];
  conditions.add(`traces.name LIKE ? ESCAPE '\\'${unusual} OR ${byId}`, ...parameters, ...ids.flat());
}

type RangeColumn = keyof typeof RANGE_INDEXES;
/** From the first bound on; up to the second, or before it. */
type Range = readonly [column: RangeColumn, from: number | undefined, to: number | undefined, isBefore?: true];

export const RANGE_INDEXES = {
  duration_us: "traces_by_duration",
  tokens: "traces_by_tokens",
  cost_usd: "traces_by_cost",
  start_us: "traces_by_start",
} as const;

export function rangesOf(query: TraceQuery): Range[] {
  const micros = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : Math.round(milliseconds * 1000);
  return [
    ["duration_us", micros(query.minDurationMs), micros(query.maxDurationMs)],
    ["tokens", query.minTokens, query.maxTokens],
    ["cost_usd", query.minCostUsd, query.maxCostUsd],
    ["start_us", query.fromMicros, query.toMicros, true],
  ];
}

export function boundsOf([column, from, to, isBefore]: Range, key = `traces.${column}`) {
  const bounds: { readonly condition: string; readonly value: number }[] = [];
  if (from !== undefined) bounds.push({ condition: `${key} >= ?`, value: from });
  if (to !== undefined) bounds.push({ condition: `${key} ${isBefore === true ? "<" : "<="} ?`, value: to });
  return bounds;
}

export function addRanges(query: TraceQuery, conditions: Conditions): void {
  const { column } = sortOf(query.sort);
  for (const range of rangesOf(query)) {
    if (range[0] === column) continue;
    for (const { condition, value } of boundsOf(range)) conditions.add(condition, value);
  }
}

/** A range of what is sorted by bounds the rows that are read. */
export function addSortRange(query: TraceQuery, key: string, where: string[], parameters: Parameter[]): void {
  const { column } = sortOf(query.sort);
  for (const range of rangesOf(query)) {
    if (range[0] !== column) continue;
    for (const { condition, value } of boundsOf(range, key)) {
      where.push(condition);
      parameters.push(value);
    }
  }
}

export function sortOf(sort: TraceSort = "-startTime"): { column: string; descending: boolean } {
  const descending = sort.startsWith("-");
  return { column: SORT_COLUMNS[(descending ? sort.slice(1) : sort) as TraceSortKey], descending };
}
