/**
 * The list of traces. It reads rows of `traces` and nothing of spans, and reads few of them: a filter that few traces
 * fit begins at its marks, and so does any in the order of start, which is theirs; another begins at the index of the
 * sort, where it finds a page soon. What a filter leaves out is passed by within SQLite.
 */
import { formatTimestamp, type TraceSummary } from "@everspan/protocol";
import { ReadTimeoutError } from "../../store-errors.ts";
import type { TraceQuery } from "../../store-queries.ts";
import { foldText } from "../../text/fold-text.ts";
import { markFilters } from "../../trace-marks.ts";
import type { TracePage } from "../../trace-store.ts";
import { cut, MAX_VALUE_CHARACTERS } from "../../trace-tally.ts";
import { bytesToId, idToBytes, rangesOfPrefix } from "../schema/id-bytes.ts";
import type { Database } from "../schema/sqlite.ts";
import type { FacetTable, Mark } from "./facet-table.ts";
import {
  addRanges,
  addSortRange,
  addText,
  boundsOf,
  Conditions,
  type Parameter,
  RANGE_INDEXES,
  rangesOf,
  sortOf,
} from "./list-conditions.ts";

export interface ListBounds {
  /** What fewer traces fit is where a list begins. Beyond, one in so many rows of the sort's index fits. */
  readonly few: number;
  /**
   * The same of a value, in another order than that of start: the traces that have it may be the last ones in that order,
   * all behind one another. To sort so many takes some 15 ms.
   */
  readonly sorted: number;
}

const BOUNDS: ListBounds = { few: 2000, sorted: 10_000 };
/** What a list may take, in milliseconds. */
const DEADLINE_MS = 2000;
/**
 * One row in 256 is given although a filter leaves it out, so that who reads can look at the clock. By a product's middle
 * bits, which have nothing to do with who sent the trace.
 */
const IS_TICK = "((traces.trace & 1048575) * 2654435761 >> 16) & 255 = 0";

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

interface NumberRow {
  readonly trace: number;
  readonly fits: number;
}

interface ListRow extends NumberRow, SummaryRow {
  readonly sort_key: number;
}

export interface ListStatement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** Where a list begins to read. */
interface Start {
  readonly from: string;
  readonly where: string;
  readonly parameters: readonly Parameter[];
  /** The table whose key is the order of the list. */
  readonly ordered: "traces" | "marks";
  /** The value whose marks it reads. */
  readonly mark?: number;
  /** All that it reads has the text that is asked for. */
  readonly isOfText?: true;
  /** It reads few, and they are sorted before the first of them is given. */
  readonly isSorted?: true;
}

export class TraceList {
  readonly #database: Database;
  readonly #facets: FacetTable;
  readonly #bounds: ListBounds;

  constructor(database: Database, facets: FacetTable, bounds = BOUNDS) {
    this.#database = database;
    this.#facets = facets;
    this.#bounds = bounds;
  }

  /** @throws ReadTimeoutError */
  list(project: number, query: TraceQuery, nowMs: () => number = () => performance.now()): TracePage {
    const traces: TraceSummary[] = [];
    let last: ListRow | undefined;
    for (const row of this.#rows<ListRow>(this.statement(project, query), nowMs)) {
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
    const statement = this.statement(project, query, "traces.trace");
    for (const { trace } of this.#rows<NumberRow>(statement, () => performance.now())) {
      if (numbers.push(trace) >= query.limit) break;
    }
    return numbers;
  }

  *#rows<Row extends NumberRow>(statement: ListStatement | undefined, nowMs: () => number): Iterable<Row> {
    if (statement === undefined) return;
    const rows = this.#database.prepare(statement.sql).iterate(...statement.parameters);
    const deadlineMs = nowMs() + DEADLINE_MS;
    for (const row of rows as Iterable<unknown> as Iterable<Row>) {
      if (row.fits !== 0) yield row;
      else if (nowMs() > deadlineMs) throw new ReadTimeoutError("the list took too long");
    }
  }

  /**
   * Rows in the order of the list, and now and then one that a filter leaves out, whose `fits` is 0.
   * @param columns of a row
   * @returns undefined when no trace can fit
   */
  statement(project: number, query: TraceQuery, columns = SUMMARY_COLUMNS): ListStatement | undefined {
    const conditions = new Conditions();
    const marks: Mark[] = [];
    for (const [field, text] of markFilters(query)) {
      const mark = this.#facets.find(project, field, cut(text, MAX_VALUE_CHARACTERS));
      if (mark === undefined) return undefined;
      marks.push(mark);
    }
    const start = this.#start(project, query, marks);
    if (start === undefined) return undefined;
    for (const { value } of marks) {
      if (value === start.mark) continue;
      conditions.add(
        `EXISTS (SELECT 1 FROM marks AS other
          WHERE other.value = ? AND other.start_us = traces.start_us AND other.trace = traces.trace)`,
        value,
      );
    }
    if (start.isOfText !== true) addText(query, conditions);
    addRanges(query, conditions);
    return this.#sql(project, query, conditions, start, columns);
  }

  /** Where fewest rows are read until a page is full. Undefined when no trace can fit. */
  #start(project: number, query: TraceQuery, marks: readonly Mark[]): Start | undefined {
    const [rarest] = [...marks].sort((a, b) => a.traces - b.traces);
    const isByStart = sortOf(query.sort).column === "start_us";
    const bounds = this.#bounds;
    const few = this.#fewInRange(project, query, Math.min(bounds.few, rarest?.traces ?? bounds.few));
    if (few !== undefined) return few.traces === 0 ? undefined : few.start;
    const isRare = rarest !== undefined && rarest.traces <= (isByStart ? bounds.few : bounds.sorted);
    const named = isRare || query.text === undefined ? undefined : this.#fewNamed(project, query.text);
    if (named?.length === 0) return undefined;
    if (named !== undefined) {
      return {
        from: "json_each(?) AS named CROSS JOIN traces ON traces.trace = named.value",
        where: "traces.project = ?",
        parameters: [JSON.stringify(named), project],
        ordered: "traces",
        isOfText: true,
        isSorted: true,
      };
    }
    if (rarest !== undefined && (isRare || isByStart)) {
      return {
        from: "marks CROSS JOIN traces ON traces.trace = marks.trace",
        where: "marks.value = ?",
        parameters: [rarest.value],
        ...(isByStart ? { ordered: "marks" } : { ordered: "traces", isSorted: true }),
        mark: rarest.value,
      };
    }
    return { from: "traces", where: "traces.project = ?", parameters: [project], ordered: "traces" };
  }

  /** The range that fewest traces are in, if they are at most so many: beside that of the list's order, which bounds it. */
  #fewInRange(project: number, query: TraceQuery, most: number): { start: Start; traces: number } | undefined {
    let fewest: { start: Start; traces: number } | undefined;
    const { column: sortColumn } = sortOf(query.sort);
    for (const range of rangesOf(query)) {
      const [column] = range;
      const bounds = boundsOf(range);
      if (column === sortColumn || bounds.length === 0) continue;
      const from = `traces INDEXED BY ${RANGE_INDEXES[column]}`;
      const where = ["traces.project = ?", ...bounds.map(({ condition }) => condition)].join(" AND ");
      const parameters = [project, ...bounds.map(({ value }) => value)];
      const limit = (fewest?.traces ?? most + 1) - 1;
      const { traces } = this.#database
        .prepare(`SELECT count(*) AS traces FROM (SELECT 1 FROM ${from} WHERE ${where} LIMIT ?)`)
        .get(...parameters, limit + 1) as { traces: number };
      if (traces <= limit) fewest = { start: { from, where, parameters, ordered: "traces", isSorted: true }, traces };
    }
    return fewest;
  }

  /** The traces that have this text in their name, or begin with it as their id; undefined when they are many. */
  #fewNamed(project: number, text: string): readonly number[] | undefined {
    const folded = foldText(text);
    if ([...folded].length < 3) return undefined;
    const most = this.#bounds.few;
    const match = `"${folded.replaceAll('"', '""')}"`;
    const found = this.#database
      .prepare("SELECT rowid AS trace FROM trace_names WHERE trace_names MATCH ? LIMIT ?")
      .all(match, most + 1) as { trace: number }[];
    const byId = this.#database.prepare(
      "SELECT trace FROM traces WHERE project = ? AND trace_id BETWEEN ? AND ? LIMIT ?",
    );
    for (const [from, to] of rangesOfPrefix(text)) {
      found.push(...(byId.all(project, from, to, most + 1) as { trace: number }[]));
    }
    return found.length > most ? undefined : [...new Set(found.map((row) => row.trace))];
  }

  #sql(project: number, query: TraceQuery, conditions: Conditions, start: Start, columns: string): ListStatement {
    const { column, descending } = sortOf(query.sort);
    const direction = descending ? "DESC" : "ASC";
    const key = `${start.ordered}.${column}`;
    const where = [start.where];
    const parameters: Parameter[] = [...start.parameters];
    if (query.cursor !== undefined) {
      const { key: from, traceId } = query.cursor;
      where.push(`(${key}, ${start.ordered}.trace) ${descending ? "<" : ">"} (?, ?)`);
      parameters.push(from, this.#numberOf(project, traceId, descending));
    }
    addSortRange(query, key, where, parameters);
    const isSorted = start.isSorted === true;
    if (conditions.parts.length > 0) {
      where.push(isSorted ? conditions.sql : `(${conditions.sql} OR ${IS_TICK})`);
      parameters.push(...conditions.parameters);
    }
    const fits = isSorted ? "1" : conditions.sql;
    const sql = `SELECT ${columns.replace("start_us", "traces.start_us")}, ${key} AS sort_key,
      ${fits} AS fits FROM ${start.from} WHERE ${where.join(" AND ")}
      ORDER BY ${key} ${direction}, ${start.ordered}.trace ${direction}${isSorted ? " LIMIT ?" : ""}`;
    if (isSorted) return { sql, parameters: [...parameters, query.limit + 1] };
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
