/** Reads traces and spans. Synchronous, as SQLite is; `sqlite-trace-store.ts` gives it the contract's face. */
import { parseJsonNumbers, type StoredSpan } from "@everspan/protocol";
import { MAX_ANSWER_BYTES } from "../../../limits.ts";
import { spanMatcher } from "../../span-match.ts";
import { ReadTimeoutError } from "../../store-errors.ts";
import type { SpanOrderKey, SpanQuery, SpanSearch } from "../../store-queries.ts";
import type { SpanKey, SpanPage, StoreStats } from "../../trace-store.ts";
import type { BlobReader } from "../payloads/frame-table.ts";
import { bytesToId, idToBytes } from "../schema/id-bytes.ts";
import { pragmaNumber } from "../schema/schema.ts";
import { toSqlText } from "../schema/sql-text.ts";
import type { Database, SqlValue, Statement } from "../schema/sqlite.ts";
import type { WordTable } from "../schema/word-table.ts";
import { type RowReader, rowJson, type SpanRowOfProducer } from "../writing/span-row.ts";
import { blockOf, FIND_BY_ID, IN_BLOCK_OF_TRACE, KEY_OF_LISTED_ID } from "./span-blocks.ts";
import { type SearchCondition, searchCondition } from "./span-search.ts";

/** Each row with what is known of its producer; one that is no longer known is lost, see `ProducerTable.stateOf`. */
export const SELECT_SPANS = `
  SELECT spans.*, producers.producer_id,
  iif(spans.producer IS NULL, NULL, coalesce(producers.state, 'lost')) AS producer_state FROM spans
  LEFT JOIN producers ON producers.producer = spans.producer`;

const WITH_TRACE = SELECT_SPANS.replace("SELECT spans.*", "SELECT spans.*, traces.trace_id").concat(
  " JOIN traces ON traces.trace = spans.trace",
);
const BY_ID = WITH_TRACE.replace("FROM spans", "FROM spans INDEXED BY spans_by_id");

/** A search that finds little reads much. */
const SEARCH_MS = 2_000;

const WHOLE = Number.POSITIVE_INFINITY;

const ORDER_COLUMNS: Readonly<Record<SpanOrderKey, string>> = {
  start_time: "spans.start_us",
  end_time: "spans.start_us + spans.duration_us",
  name: "spans.name",
  id: "spans.span",
};

const SEARCH_KEY = ["spans.start_us", "spans.span", "spans.trace"];

interface SpanPlace {
  readonly trace: number;
  readonly start_us: number;
}

type FoundRow = SpanRowOfProducer & { readonly trace_id: Uint8Array };

export class SpanReader {
  readonly #database: Database;
  readonly #blobs: BlobReader;
  readonly #words: WordTable;
  readonly #spanById: Statement;
  readonly #spanByKey: Statement;
  readonly #findById: Statement;
  readonly #ofTrace: Statement;
  readonly #counts: Statement;
  readonly #producerOf: Statement;

  constructor(database: Database, blobs: BlobReader, words: WordTable) {
    this.#database = database;
    this.#blobs = blobs;
    this.#words = words;
    this.#spanByKey = database.prepare(`${SELECT_SPANS} WHERE trace = ? AND start_us = ? AND span = ?`);
    this.#spanById = database.prepare(
      `${BY_ID} WHERE ${IN_BLOCK_OF_TRACE} AND spans.span = ? AND traces.project = ? AND traces.trace_id = ? LIMIT 1`,
    );
    this.#findById = database.prepare(FIND_BY_ID);
    this.#ofTrace = database.prepare(
      `${WITH_TRACE} WHERE spans.trace = ? AND spans.start_us = ? AND spans.span = ? AND traces.project = ?`,
    );
    this.#counts = database.prepare("SELECT traces, spans, running FROM counters WHERE project = ?");
    this.#producerOf = database.prepare(
      `SELECT producer_id AS id FROM traces JOIN spans INDEXED BY spans_by_id JOIN producers USING (producer)
       WHERE ${IN_BLOCK_OF_TRACE} AND traces.project = ? AND trace_id = ? AND span = ?`,
    );
  }

  readSpan(project: number, traceId: string, spanId: string): string | undefined {
    const rows = this.#spanById.all(idToBytes(spanId), project, idToBytes(traceId)) as unknown as FoundRow[];
    return rows[0] === undefined ? undefined : this.#json(rows[0], WHOLE);
  }

  /** Of the newest trace that has one. */
  findSpan(project: number, spanId: string): StoredSpan | undefined {
    const id = idToBytes(spanId);
    let found: FoundRow | undefined;
    for (const place of this.#findById.iterate(id) as Iterable<unknown> as Iterable<SpanPlace>) {
      if (found !== undefined && blockOf(place.trace) < blockOf(found.trace)) break;
      if (found !== undefined && place.trace < found.trace) continue;
      found = (this.#ofTrace.get(place.trace, place.start_us, id, project) as unknown as FoundRow | undefined) ?? found;
    }
    return found === undefined ? undefined : (parseJsonNumbers(this.#json(found, WHOLE)) as StoredSpan);
  }

  /** A span that is there, for the merge. */
  spanOfRow(trace: number, traceId: string, startMicros: number, span: Uint8Array): StoredSpan {
    const row = this.#spanByKey.get(trace, startMicros, span) as unknown as SpanRowOfProducer;
    return parseJsonNumbers(rowJson(row, this.#rowReader(trace, traceId, WHOLE))) as StoredSpan;
  }

  /** The texts of a trace's bodies, by their numbers. */
  bodiesOf(trace: number): (number: number) => string {
    return this.#blobs.bodiesOf(trace);
  }

  listSpans(project: number, query: SpanQuery): readonly StoredSpan[] {
    const where = ["traces.project = ?"];
    const parameters: (SqlValue | Uint8Array)[] = [project];
    if (query.traceId !== undefined) {
      where.push("traces.trace_id = ?");
      parameters.push(idToBytes(query.traceId));
    }
    if (query.taskId !== undefined) {
      where.push("spans.task = ?");
      parameters.push(toSqlText(query.taskId));
    }
    const direction = query.descending ? "DESC" : "ASC";
    // Names are words by number: their texts are in another table.
    const name = "(SELECT coalesce((SELECT text FROM words WHERE word = spans.name), spans.name))";
    const column = query.orderBy === "name" ? name : ORDER_COLUMNS[query.orderBy];
    const rows = this.#database
      .prepare(
        `${WITH_TRACE} WHERE ${where.join(" AND ")} ORDER BY ${column} ${direction}, spans.span ${direction} LIMIT ? OFFSET ?`,
      )
      .iterate(...parameters, query.limit, query.offset) as Iterable<unknown> as Iterable<FoundRow>;
    const spans: StoredSpan[] = [];
    let characters = 0;
    for (const row of rows) {
      const json = this.#json(row, characters > MAX_ANSWER_BYTES ? 0 : WHOLE);
      characters += json.length;
      spans.push(parseJsonNumbers(json) as StoredSpan);
    }
    return spans;
  }

  /** @throws ReadTimeoutError when what its filters leave over is read for too long */
  searchSpans(project: number, asked: SpanSearch): SpanPage {
    const condition = searchCondition(project, asked);
    // The page that ends before a span begins there, the other way round.
    const isBackward = asked.before !== undefined;
    const search = isBackward ? { ...asked, after: asked.before, descending: !asked.descending } : asked;
    const page = this.#searchPage(condition, search);
    return isBackward ? { ...page, spans: [...page.spans].reverse() } : page;
  }

  #searchPage(condition: SearchCondition, search: SpanSearch): SpanPage {
    const keyset = this.#keysetAfter(condition, search);
    if (keyset === undefined) return { spans: [], hasMore: false };
    const matches = spanMatcher(search) ?? (() => true);
    const deadlineMs = performance.now() + SEARCH_MS;
    const direction = search.descending ? "DESC" : "ASC";
    const beyond =
      keyset.length === 0 ? "" : `AND (${SEARCH_KEY.join(", ")}) ${search.descending ? "<" : ">"} (?, ?, ?)`;
    const order = SEARCH_KEY.map((column) => `${column} ${direction}`).join(", ");
    const rows = this.#database
      .prepare(`${WITH_TRACE} WHERE ${condition.sql} ${beyond} ORDER BY ${order}`)
      .iterate(...condition.parameters, ...keyset) as Iterable<unknown> as Iterable<FoundRow>;
    const spans: StoredSpan[] = [];
    let characters = 0;
    let last: Uint8Array | undefined;
    for (const row of rows) {
      const isFull: boolean = spans.length >= search.limit || characters > MAX_ANSWER_BYTES;
      if (isFull && last !== undefined && !this.#isShared(condition, last)) return { spans, hasMore: true };
      const json = this.#json(row, WHOLE);
      const span = parseJsonNumbers(json) as StoredSpan;
      if (performance.now() > deadlineMs) throw new ReadTimeoutError("the search took too long: narrow it down");
      if (!matches(span)) continue;
      characters += json.length;
      spans.push(span);
      last = row.span;
    }
    return { spans, hasMore: false };
  }

  producersOf(project: number, spans: readonly SpanKey[]): string[] {
    const ids = spans.map(({ traceId, id }) => this.#producerOf.get(project, idToBytes(traceId), idToBytes(id)));
    return [...new Set((ids as ({ id: string } | undefined)[]).flatMap((row) => row?.id ?? []))];
  }

  stats(project: number): StoreStats {
    const counts = this.#counts.get(project) as { traces: number; spans: number; running: number } | undefined;
    const pages = pragmaNumber(this.#database, "page_count") - pragmaNumber(this.#database, "freelist_count");
    return {
      traces: counts?.traces ?? 0,
      spans: counts?.spans ?? 0,
      runningTraces: counts?.running ?? 0,
      storedBytes: pages * pragmaNumber(this.#database, "page_size"),
    };
  }

  /** A page must not end at an id that several of the spans have: the next page begins after an id. */
  #isShared({ sql, parameters }: SearchCondition, span: Uint8Array): boolean {
    const found = this.#database
      .prepare(
        `SELECT 1 FROM spans CROSS JOIN traces ON traces.trace = spans.trace
         WHERE ${sql} AND ${KEY_OF_LISTED_ID} LIMIT 2`,
      )
      .all(...parameters, listed(span));
    return found.length > 1;
  }

  /** Where the page before ended: empty for the first page, undefined when its last span is none of these. */
  #keysetAfter({ sql, parameters }: SearchCondition, { after, descending }: SpanSearch): SqlValue[] | undefined {
    if (after === undefined) return [];
    const direction = descending ? "DESC" : "ASC";
    const order = SEARCH_KEY.map((column) => `${column} ${direction}`).join(", ");
    const row = this.#database
      .prepare(
        `SELECT spans.start_us, spans.span, spans.trace FROM spans CROSS JOIN traces ON traces.trace = spans.trace
         WHERE ${sql} AND ${KEY_OF_LISTED_ID} ORDER BY ${order} LIMIT 1`,
      )
      .get(...parameters, listed(idToBytes(after))) as Record<string, SqlValue> | undefined;
    return row === undefined ? undefined : Object.values(row);
  }

  #rowReader(trace: number, traceId: string, payloadLimitBytes: number): RowReader {
    return {
      traceId,
      words: this.#words,
      blobOf: this.#blobs.blobsOf(trace),
      bodyOf: this.#blobs.bodiesOf(trace),
      payloadLimitBytes,
    };
  }

  #json(row: FoundRow, payloadLimitBytes: number): string {
    return rowJson(row, this.#rowReader(row.trace, bytesToId(row.trace_id), payloadLimitBytes));
  }
}

/** One id, as the parameter of `KEY_OF_LISTED_ID`. */
function listed(span: Uint8Array): string {
  return JSON.stringify([Buffer.from(span).toString("hex")]);
}
