/** Reads traces and spans. Synchronous, as SQLite is; `sqlite-trace-store.ts` gives it the contract's face. */

import type { StoredSpan, TraceSummary } from "@everspan/protocol";
import { MAX_TRACE_PAGE_BYTES, MAX_TRACE_PAGE_SPANS } from "../../limits.ts";
import { BadCursorError } from "../store-errors.ts";
import type {
  SpanKey,
  SpanOrderKey,
  SpanPage,
  SpanQuery,
  SpanSearch,
  SpansOfTrace,
  StoreStats,
  TracePage,
  TraceQuery,
  TraceSpansQuery,
} from "../trace-store.ts";
import { parseTally, summaryOf } from "../trace-tally.ts";
import type { BlobTable } from "./blob-table.ts";
import type { ProducerTable } from "./producer-table.ts";
import { fromRow, type SpanRowOfProducer } from "./span-row.ts";
import { type SearchCondition, searchCondition } from "./span-search.ts";
import type { Database, SqlValue, Statement } from "./sqlite.ts";
import { listStatement } from "./trace-list.ts";

/** Each row with what is known of its producer; one that is no longer known is lost, see `ProducerTable.stateOf`. */
const SELECT_SPANS = `
  SELECT spans.*, iif(spans.producer_id IS NULL, NULL, coalesce(producers.state, 'lost')) AS producer_state FROM spans
  LEFT JOIN producers ON producers.project = spans.project AND producers.producer_id = spans.producer_id`;

const SEARCH_KEY = "start_us, span_id, trace_id";

const WHOLE = Number.POSITIVE_INFINITY;

const ORDER_COLUMNS: Readonly<Record<SpanOrderKey, string>> = {
  start_time: "start_us",
  end_time: "end_us",
  name: "name",
  id: "span_id",
};

interface TraceRow {
  readonly trace_id: string;
  readonly tally: string;
}

export class SpanReader {
  readonly #database: Database;
  readonly #blobs: BlobTable;
  readonly #trace: Statement;
  readonly #spansOfTrace: Statement;
  readonly #span: Statement;
  readonly #spanById: Statement;
  readonly #counts: Statement;
  readonly #producerOf: Statement;
  readonly #producers: ProducerTable;

  constructor(database: Database, blobs: BlobTable, producers: ProducerTable) {
    this.#database = database;
    this.#blobs = blobs;
    this.#producers = producers;
    this.#producerOf = database.prepare(
      "SELECT producer_id AS id FROM spans WHERE project = ? AND trace_id = ? AND span_id = ?",
    );
    this.#trace = database.prepare("SELECT trace_id, tally FROM traces WHERE project = ? AND trace_id = ?");
    this.#spansOfTrace = database.prepare(
      `${SELECT_SPANS} WHERE spans.project = ? AND trace_id = ? AND (start_us, span_id) > (?, ?) ORDER BY start_us, span_id`,
    );
    this.#span = database.prepare(`${SELECT_SPANS} WHERE spans.project = ? AND trace_id = ? AND span_id = ?`);
    this.#spanById = database.prepare(
      `${SELECT_SPANS} WHERE spans.project = ? AND span_id = ? ORDER BY spans.rowid DESC LIMIT 1`,
    );
    this.#counts = database.prepare(
      "SELECT count(*) AS traces, total(span_count) AS spans, total(running) AS running FROM traces WHERE project = ?",
    );
  }

  listTraces(project: string, query: TraceQuery): TracePage {
    const { sql, parameters } = listStatement(project, query);
    const rows = this.#database.prepare(sql).all(...parameters) as (TraceRow & { sort_key: number })[];
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const hasMore = rows.length > page.length && last !== undefined;
    return {
      traces: page.map(toSummary),
      nextCursor: hasMore ? { key: last.sort_key, traceId: last.trace_id } : null,
    };
  }

  readTrace(project: string, traceId: string, query: TraceSpansQuery): SpansOfTrace | undefined {
    const trace = this.#trace.get(project, traceId) as TraceRow | undefined;
    if (trace === undefined) return undefined;
    const { limit = MAX_TRACE_PAGE_SPANS, maxBytes = MAX_TRACE_PAGE_BYTES, payloadLimitBytes } = query;
    const blobOf = this.#blobs.readerOf(project);
    const after = query.cursor === undefined ? [Number.MIN_SAFE_INTEGER, ""] : decodeCursor(query.cursor);
    const spans: string[] = [];
    const producerIds = new Set<string>();
    let bytes = 0;
    let last: SpanRowOfProducer | undefined;
    for (const row of this.#spansOfTrace.iterate(project, traceId, ...after) as Iterable<SpanRowOfProducer>) {
      if (spans.length === limit || bytes > maxBytes) {
        return this.#page(project, trace, spans, producerIds, encodeCursor(last!));
      }
      const text = JSON.stringify(fromRow(row, blobOf, payloadLimitBytes));
      spans.push(text);
      bytes += text.length;
      if (row.producer_id !== null) producerIds.add(row.producer_id);
      last = row;
    }
    return this.#page(project, trace, spans, producerIds, null);
  }

  #page(
    project: string,
    trace: TraceRow,
    spans: readonly string[],
    producerIds: Iterable<string>,
    nextCursor: string | null,
  ): SpansOfTrace {
    const producers = this.#producers.get(project, producerIds);
    return { trace: toSummary(trace), spansJson: `[${spans.join(",")}]`, producers, nextCursor };
  }

  getSpan(project: string, traceId: string, spanId: string): StoredSpan | undefined {
    return this.#toSpans(project, this.#span.all(project, traceId, spanId) as SpanRowOfProducer[], WHOLE)[0];
  }

  findSpan(project: string, spanId: string): StoredSpan | undefined {
    return this.#toSpans(project, this.#spanById.all(project, spanId) as SpanRowOfProducer[], WHOLE)[0];
  }

  listSpans(project: string, query: SpanQuery): readonly StoredSpan[] {
    const where = ["spans.project = ?"];
    const parameters: SqlValue[] = [project];
    if (query.traceId !== undefined) {
      where.push("trace_id = ?");
      parameters.push(query.traceId);
    }
    if (query.taskId !== undefined) {
      where.push("task_id = ?");
      parameters.push(query.taskId);
    }
    const direction = query.descending ? "DESC" : "ASC";
    const order = `${ORDER_COLUMNS[query.orderBy]} ${direction}, span_id ${direction}`;
    const rows = this.#database
      .prepare(`${SELECT_SPANS} WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT ? OFFSET ?`)
      .all(...parameters, query.limit, query.offset) as SpanRowOfProducer[];
    return this.#toSpans(project, rows, WHOLE);
  }

  searchSpans(project: string, search: SpanSearch): SpanPage {
    const condition = searchCondition(project, search);
    const keyset = this.#keysetAfter(condition, search);
    if (keyset === undefined) return { spans: [], hasMore: false };
    const direction = search.descending ? "DESC" : "ASC";
    const beyond = keyset.length === 0 ? "" : `AND (${SEARCH_KEY}) ${search.descending ? "<" : ">"} (?, ?, ?)`;
    const order = SEARCH_KEY.replaceAll(/\w+/g, `$& ${direction}`);
    const rows = this.#database
      .prepare(`${SELECT_SPANS} WHERE ${condition.sql} ${beyond} ORDER BY ${order} LIMIT ?`)
      .all(...condition.parameters, ...keyset, search.limit + 1) as SpanRowOfProducer[];
    const page = rows.slice(0, search.limit);
    return { spans: this.#toSpans(project, page, WHOLE), hasMore: rows.length > page.length };
  }

  /** Where the page before ended: empty for the first page, undefined when its last span is none of these. */
  #keysetAfter({ sql, parameters }: SearchCondition, { after }: SpanSearch): SqlValue[] | undefined {
    if (after === undefined) return [];
    const row = this.#database
      .prepare(`SELECT ${SEARCH_KEY} FROM spans WHERE ${sql} AND span_id = ? ORDER BY ${SEARCH_KEY} LIMIT 1`)
      .get(...parameters, after) as Record<string, SqlValue> | undefined;
    return row === undefined ? undefined : Object.values(row);
  }

  producersOf(project: string, spans: readonly SpanKey[]): string[] {
    const ids = spans.map(({ traceId, id }) => this.#producerOf.get(project, traceId, id) as { id: string | null });
    return [...new Set(ids.flatMap((row) => row?.id ?? []))];
  }

  stats(project: string): StoreStats {
    const counts = this.#counts.get(project) as { traces: number; spans: number; running: number };
    return {
      traces: counts.traces,
      spans: counts.spans,
      runningTraces: counts.running,
      storedBytes: this.#pragma("page_count") * this.#pragma("page_size"),
    };
  }

  #toSpans(project: string, rows: readonly SpanRowOfProducer[], payloadLimitBytes: number): StoredSpan[] {
    const blobOf = this.#blobs.readerOf(project);
    return rows.map((row) => fromRow(row, blobOf, payloadLimitBytes));
  }

  #pragma(name: "page_count" | "page_size"): number {
    return (this.#database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name]!;
  }
}

function toSummary(row: TraceRow): TraceSummary {
  return summaryOf(row.trace_id, parseTally(row.tally));
}

function encodeCursor(row: SpanRowOfProducer): string {
  return Buffer.from(JSON.stringify([row.start_us, row.span_id])).toString("base64url");
}

function decodeCursor(cursor: string): [number, string] {
  try {
    const [start, id] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (typeof start === "number" && typeof id === "string") return [start, id];
  } catch {
    // Answered below.
  }
  throw new BadCursorError();
}
