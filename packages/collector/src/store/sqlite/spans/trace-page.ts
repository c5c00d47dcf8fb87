/**
 * One page of a trace's spans, read in slices: the spans of a large page take longer than the thread may be held. Each
 * slice sees what is committed when it is read. A span that changes meanwhile may be on the page as it was or as it is;
 * the page's summary is of the first slice, so its revision is old enough for `since` to bring the change.
 */
import { MAX_TRACE_PAGE_BYTES, MAX_TRACE_PAGE_SPANS } from "../../../limits.ts";
import { BadCursorError } from "../../store-errors.ts";
import type { TraceSpansQuery } from "../../store-queries.ts";
import type { SpansOfTrace } from "../../trace-store.ts";
import { SUMMARY_COLUMNS, type SummaryRow, summaryOfRow } from "../lists/trace-list.ts";
import type { BlobReader } from "../payloads/frame-table.ts";
import { idToBytes } from "../schema/id-bytes.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { WordTable } from "../schema/word-table.ts";
import type { ProducerTable } from "../writing/producer-table.ts";
import { rowJson, type SpanRowOfProducer } from "../writing/span-row.ts";
import { SELECT_SPANS } from "./span-reader.ts";

type Place = readonly [startMicros: number, span: Uint8Array];

const JOINED_TOGETHER = 32;

const FIRST: Place = [Number.MIN_SAFE_INTEGER, new Uint8Array()];

export class TracePages {
  readonly #blobs: BlobReader;
  readonly #words: WordTable;
  readonly #producers: ProducerTable;
  readonly #trace: Statement;
  readonly #all: Statement;
  readonly #changed: Statement;

  constructor(database: Database, blobs: BlobReader, words: WordTable, producers: ProducerTable) {
    this.#blobs = blobs;
    this.#words = words;
    this.#producers = producers;
    this.#trace = database.prepare(`SELECT ${SUMMARY_COLUMNS} FROM traces WHERE project = ? AND trace_id = ?`);
    const [condition, order] = ["(start_us, span) > (?, ?)", "ORDER BY start_us, span"];
    this.#all = database.prepare(`${SELECT_SPANS} WHERE trace = ? AND ${condition} ${order}`);
    this.#changed = database.prepare(`${SELECT_SPANS} WHERE trace = ? AND changed > ? AND ${condition} ${order}`);
  }

  /** Undefined for an unknown id. @throws BadCursorError */
  open(project: number, traceId: string, query: TraceSpansQuery): TracePageReader | undefined {
    const found = this.#trace.get(project, idToBytes(traceId)) as unknown as SummaryRow | undefined;
    if (found === undefined) return undefined;
    const { trace } = found;
    const { limit = MAX_TRACE_PAGE_SPANS, maxBytes = MAX_TRACE_PAGE_BYTES, since, payloadLimitBytes } = query;
    const bytesOf = { blobOf: this.#blobs.blobsOf(trace), bodyOf: this.#blobs.bodiesOf(trace) };
    const reader = { traceId, words: this.#words, ...bytesOf, payloadLimitBytes };
    const rowsAfter = (place: Place) =>
      (since === undefined
        ? this.#all.iterate(trace, ...place)
        : this.#changed.iterate(trace, since, ...place)) as Iterable<unknown> as Iterable<SpanRowOfProducer>;
    return new TracePageReader({
      rowsAfter,
      textOf: (row) => rowJson(row, reader),
      isFull: (spans, characters) => spans >= limit || characters > maxBytes,
      result: (page, ids) => ({ trace: summaryOfRow(found), ...page, producers: this.#producers.get(project, ids) }),
      after: query.cursor === undefined ? FIRST : decodeCursor(query.cursor),
    });
  }
}

interface PageParts {
  readonly rowsAfter: (place: Place) => Iterable<SpanRowOfProducer>;
  readonly textOf: (row: SpanRowOfProducer) => string;
  readonly isFull: (spans: number, characters: number) => boolean;
  readonly result: (
    page: Pick<SpansOfTrace, "spansJson" | "nextCursor">,
    producerIds: ReadonlySet<string>,
  ) => SpansOfTrace;
  readonly after: Place;
}

export class TracePageReader {
  readonly #parts: PageParts;
  readonly #texts = new JoinedTexts();
  readonly #producerIds = new Set<string>();
  #last: Place | undefined;

  constructor(parts: PageParts) {
    this.#parts = parts;
  }

  /** Reads until the deadline, one span at least. @returns the page when it is whole */
  readSome(deadlineMs: number): SpansOfTrace | undefined {
    const { rowsAfter, textOf, isFull, after } = this.#parts;
    const texts = this.#texts;
    for (const row of rowsAfter(this.#last ?? after)) {
      if (this.#last !== undefined && isFull(texts.count, texts.characters)) {
        return this.#whole(encodeCursor(this.#last));
      }
      texts.add(textOf(row));
      if (row.producer_id !== null) this.#producerIds.add(row.producer_id);
      this.#last = [row.start_us, row.span];
      if (performance.now() >= deadlineMs) return undefined;
    }
    return this.#whole(null);
  }

  #whole(nextCursor: string | null): SpansOfTrace {
    return this.#parts.result({ spansJson: `[${this.#texts.text}]`, nextCursor }, this.#producerIds);
  }
}

/** Texts of an array, joined a few at a time: to join thousands of small ones takes as long as to read them. */
class JoinedTexts {
  readonly #joined: string[] = [];
  #fresh: string[] = [];
  count = 0;
  characters = 0;

  add(text: string): void {
    this.count += 1;
    this.characters += text.length;
    if (this.#fresh.push(text) >= JOINED_TOGETHER) this.#join();
  }

  get text(): string {
    this.#join();
    return this.#joined.join(",");
  }

  #join(): void {
    if (this.#fresh.length > 0) this.#joined.push(this.#fresh.join(","));
    this.#fresh = [];
  }
}

function encodeCursor([startMicros, span]: Place): string {
  return Buffer.concat([Buffer.from(`${startMicros}:`), span]).toString("base64url");
}

function decodeCursor(cursor: string): Place {
  const bytes = Buffer.from(cursor, "base64url");
  const colon = bytes.indexOf(":");
  const startMicros = Number(bytes.subarray(0, Math.max(0, colon)).toString("latin1"));
  if (colon < 1 || !Number.isSafeInteger(startMicros)) throw new BadCursorError();
  return [startMicros, bytes.subarray(colon + 1)];
}
