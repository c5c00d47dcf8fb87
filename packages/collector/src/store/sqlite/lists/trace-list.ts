/**
 * The list of traces. It reads rows of `traces` and nothing of spans, and reads few of them: a filter that few traces
 * fit begins at its marks, any other at the index of the sort, where it finds a page soon.
 */
import { formatTimestamp, type TraceSort, type TraceSortKey, type TraceSummary } from "@everspan/protocol";
import { ReadTimeoutError } from "../../store-errors.ts";
import type { TraceQuery } from "../../store-queries.ts";
import { foldText } from "../../text/fold-text.ts";
import { markFilters } from "../../trace-marks.ts";
import type { TracePage } from "../../trace-store.ts";
import { cut, MAX_VALUE_CHARACTERS } from "../../trace-tally.ts";
import { bytesToId, idToBytes, rangesOfPrefix } from "../schema/id-bytes.ts";
import type { Database, SqlValue } from "../schema/sqlite.ts";
import type { FacetTable } from "./facet-table.ts";

/** A value with fewer traces is where a list begins. Beyond, one in so many rows of the sort's index fits. */
const FEW_TRACES = 2000;
/** What a list may take, in milliseconds. */
const DEADLINE_MS = 2000;
/** Rows between two looks at the clock. */
const CHECKED_ROWS = 512;

const SORT_COLUMNS: Readonly<Record<TraceSortKey, string>> = {
  startTime: "start_us",
  durationMs: "duration_us",
  spanCount: "span_count",
  errorCount: "error_count",
  costUsd: "cost_usd",
  tokens: "tokens",
  arrival: "arrived_ms",
};

export const SUMMARY_COLUMNS = "traces.trace, trace_id, revision, pinned, start_us, end_us, summary";

export interface SummaryRow {
  readonly trace: number;
  readonly trace_id: Uint8Array;
  readonly revision: number;
  readonly pinned: number;
  readonly start_us: number;
  readonly end_us: number | null;
  /** JSON of a `TraceSummary` without what is zero, null, false or empty, and without the columns above. */
  readonly summary: string;
}

interface ListRow extends SummaryRow {
  readonly sort_key: number;
  readonly fits: number;
}

type Parameter = SqlValue | Uint8Array;

export interface ListStatement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** Where a list begins to read. */
interface Start {
  readonly from: string;
  readonly where: string;
  readonly parameters: readonly Parameter[];
}

export class TraceList {
  readonly #database: Database;
  readonly #facets: FacetTable;

  constructor(database: Database, facets: FacetTable) {
    this.#database = database;
    this.#facets = facets;
  }

  /** @throws ReadTimeoutError */
  list(project: number, query: TraceQuery, nowMs: () => number = () => performance.now()): TracePage {
    const traces: TraceSummary[] = [];
    let last: ListRow | undefined;
    for (const row of this.#rows(project, query, nowMs)) {
      if (last !== undefined && traces.length === query.limit) {
        return { traces, nextCursor: { key: last.sort_key, traceId: bytesToId(last.trace_id) } };
      }
      traces.push(summaryOfRow(row));
      last = row;
    }
    return { traces, nextCursor: null };
  }

  /** Of the traces on a page their numbers alone. @throws ReadTimeoutError */
  numbers(project: number, query: TraceQuery): number[] {
    const numbers: number[] = [];
    for (const { trace } of this.#rows(project, query, () => performance.now())) {
      if (numbers.push(trace) >= query.limit) break;
    }
    return numbers;
  }

  *#rows(project: number, query: TraceQuery, nowMs: () => number): Iterable<ListRow> {
    const statement = this.statement(project, query);
    if (statement === undefined) return;
    const rows = this.#database.prepare(statement.sql).iterate(...statement.parameters);
    const deadlineMs = nowMs() + DEADLINE_MS;
    let read = 0;
    for (const row of rows as Iterable<unknown> as Iterable<ListRow>) {
      read += 1;
      if (read % CHECKED_ROWS === 0 && nowMs() > deadlineMs) throw new ReadTimeoutError("the list took too long");
      if (row.fits !== 0) yield row;
    }
  }

  /**
   * Rows in the order of the list; `fits` is 0 for one that a filter leaves out, so that who reads can look at the clock.
   * @returns undefined when no trace can fit
   */
  statement(project: number, query: TraceQuery): ListStatement | undefined {
    const conditions = new Conditions();
    const marks: { value: number; traces: number }[] = [];
    for (const [field, text] of markFilters(query)) {
      const mark = this.#facets.find(project, field, cut(text, MAX_VALUE_CHARACTERS));
      if (mark === undefined) return undefined;
      marks.push(mark);
    }
    marks.sort((a, b) => a.traces - b.traces);
    const [rarest] = marks;
    const begin = rarest !== undefined && rarest.traces <= FEW_TRACES ? rarest : undefined;
    for (const mark of marks) {
      if (mark === begin) continue;
      conditions.add(
        "EXISTS (SELECT 1 FROM marks WHERE value = ? AND marks.start_us = traces.start_us AND marks.trace = traces.trace)",
        mark.value,
      );
    }
    const named = begin === undefined && query.text !== undefined ? this.#fewNamed(project, query.text) : undefined;
    if (named?.length === 0) return undefined;
    if (named === undefined) addText(query, conditions);
    addRanges(query, conditions);
    const start: Start =
      named !== undefined
        ? {
            from: "json_each(?) AS named CROSS JOIN traces ON traces.trace = named.value",
            where: "traces.project = ?",
            parameters: [JSON.stringify(named), project],
          }
        : begin !== undefined
          ? {
              from: "marks CROSS JOIN traces ON traces.trace = marks.trace",
              where: "marks.value = ?",
              parameters: [begin.value],
            }
          : { from: "traces", where: "traces.project = ?", parameters: [project] };
    return this.#sql(project, query, conditions, start);
  }

  /** The traces that have this text in their name, or begin with it as their id; undefined when they are many. */
  #fewNamed(project: number, text: string): readonly number[] | undefined {
    const folded = foldText(text);
    if ([...folded].length < 3) return undefined;
    const match = `"${folded.replaceAll('"', '""')}"`;
    const found = this.#database
      .prepare("SELECT rowid AS trace FROM trace_names WHERE trace_names MATCH ? LIMIT ?")
      .all(match, FEW_TRACES + 1) as { trace: number }[];
    const byId = this.#database.prepare(
      "SELECT trace FROM traces WHERE project = ? AND trace_id BETWEEN ? AND ? LIMIT ?",
    );
    for (const [from, to] of rangesOfPrefix(text)) {
      found.push(...(byId.all(project, from, to, FEW_TRACES + 1) as { trace: number }[]));
    }
    return found.length > FEW_TRACES ? undefined : [...new Set(found.map((row) => row.trace))];
  }

  #sql(project: number, query: TraceQuery, conditions: Conditions, start: Start): ListStatement {
    const { column, descending } = sortOf(query.sort ?? "-startTime");
    const direction = descending ? "DESC" : "ASC";
    const where = [start.where];
    const parameters: Parameter[] = [...start.parameters];
    if (query.cursor !== undefined) {
      const { key, traceId } = query.cursor;
      where.push(`(traces.${column}, traces.trace) ${descending ? "<" : ">"} (?, ?)`);
      parameters.push(key, this.#numberOf(project, traceId, descending));
    }
    addSortRange(query, column, where, parameters);
    const sql = `SELECT ${SUMMARY_COLUMNS.replace("start_us", "traces.start_us")}, traces.${column} AS sort_key,
      ${conditions.sql} AS fits FROM ${start.from} WHERE ${where.join(" AND ")}
      ORDER BY traces.${column} ${direction}, traces.trace ${direction}`;
    return { sql, parameters: [...conditions.parameters, ...parameters] };
  }

  /** A trace that was deleted meanwhile: the page goes on behind its neighbours of the same key. */
  #numberOf(project: number, traceId: string, descending: boolean): number {
    const row = this.#database
      .prepare("SELECT trace FROM traces WHERE project = ? AND trace_id = ?")
      .get(project, idToBytes(traceId)) as { trace: number } | undefined;
    return row?.trace ?? (descending ? 0 : Number.MAX_SAFE_INTEGER);
  }
}

class Conditions {
  readonly parameters: Parameter[] = [];
  readonly #parts: string[] = [];

  add(condition: string, ...values: Parameter[]): void {
    this.#parts.push(`(${condition})`);
    this.parameters.push(...values);
  }

  get sql(): string {
    return this.#parts.length === 0 ? "1" : `(${this.#parts.join(" AND ")})`;
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
function addText({ text }: TraceQuery, conditions: Conditions): void {
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

type Range = readonly [column: string, from: number | undefined, to: number | undefined];

function rangesOf(query: TraceQuery): Range[] {
  const micros = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : Math.round(milliseconds * 1000);
  return [
    ["duration_us", micros(query.minDurationMs), micros(query.maxDurationMs)],
    ["tokens", query.minTokens, query.maxTokens],
    ["cost_usd", query.minCostUsd, query.maxCostUsd],
  ];
}

function addRanges(query: TraceQuery, conditions: Conditions): void {
  const { column } = sortOf(query.sort ?? "-startTime");
  for (const [name, from, to] of rangesOf(query)) {
    if (name === column) continue;
    if (from !== undefined) conditions.add(`traces.${name} >= ?`, from);
    if (to !== undefined) conditions.add(`traces.${name} <= ?`, to);
  }
  if (column === "start_us") return;
  if (query.fromMicros !== undefined) conditions.add("traces.start_us >= ?", query.fromMicros);
  if (query.toMicros !== undefined) conditions.add("traces.start_us < ?", query.toMicros);
}

/** A range of what is sorted by bounds the rows that are read. */
function addSortRange(query: TraceQuery, column: string, where: string[], parameters: Parameter[]): void {
  const add = (condition: string, value: number | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    parameters.push(value);
  };
  if (column === "start_us") {
    add("traces.start_us >= ?", query.fromMicros);
    add("traces.start_us < ?", query.toMicros);
  }
  for (const [name, from, to] of rangesOf(query)) {
    if (name !== column) continue;
    add(`traces.${name} >= ?`, from);
    add(`traces.${name} <= ?`, to);
  }
}

function sortOf(sort: TraceSort): { column: string; descending: boolean } {
  const descending = sort.startsWith("-");
  return { column: SORT_COLUMNS[(descending ? sort.slice(1) : sort) as TraceSortKey], descending };
}

/** Values that a stored summary leaves out. */
const USUAL: Omit<TraceSummary, "traceId" | "startTime" | "endTime" | "revision" | "pinned"> = {
  name: "",
  service: null,
  durationMs: null,
  spanCount: 0,
  errorCount: 0,
  failedSpanCount: 0,
  status: "OK",
  running: false,
  stalledCount: 0,
  lostCount: 0,
  leftOpenCount: 0,
  interruptedCount: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: null,
  models: [],
  missingRoot: false,
  droppedRecords: 0,
  cutPayloadCount: 0,
  asked: null,
  answered: null,
  session: null,
  user: null,
  environment: null,
  tags: [],
};

export function summaryOfRow(row: SummaryRow): TraceSummary {
  const endMicros = row.end_us;
  return {
    ...USUAL,
    ...(JSON.parse(row.summary) as Partial<TraceSummary>),
    traceId: bytesToId(row.trace_id),
    startTime: formatTimestamp(row.start_us),
    endTime: endMicros === null ? null : formatTimestamp(endMicros),
    durationMs: endMicros === null ? null : Math.max(0, endMicros - row.start_us) / 1000,
    pinned: row.pinned === 1,
    revision: row.revision,
  };
}
