/** Search in the texts of spans: the index finds documents, their texts are read again, and each span is given once. */
import { formatTimestamp, type SearchHit } from "@everspan/protocol";
import { BadCursorError } from "../../store-errors.ts";
import type { SearchQuery } from "../../store-queries.ts";
import type { SearchPage } from "../../trace-store.ts";
import { bytesToId, idToBytes } from "../schema/id-bytes.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { WordTable } from "../schema/word-table.ts";
import { DOCS_OF_TRACE, type DocRow, type PlacedText, type SearchTable } from "./search-table.ts";
import { type Found, findPart, parseTextQuery } from "./text-query.ts";

/** What one page may take, in milliseconds; it is short then, with a cursor. */
const DEADLINE_MS = 200;

interface CandidateRow extends DocRow {
  readonly trace: number;
  readonly trace_id: Uint8Array;
  readonly trace_name: string;
  readonly start_us: number;
  readonly span_name: number | string;
}

export class TextSearch {
  readonly #docs: SearchTable;
  readonly #words: WordTable;
  readonly #candidates: Statement;
  readonly #trace: Statement;

  constructor(database: Database, docs: SearchTable, words: WordTable) {
    this.#docs = docs;
    this.#words = words;
    this.#trace = database.prepare("SELECT trace FROM traces WHERE project = ? AND trace_id = ?");
    this.#candidates = database.prepare(
      `SELECT docs.*, traces.trace, trace_id, traces.name AS trace_name, spans.start_us, spans.name AS span_name
       FROM texts CROSS JOIN docs ON docs.doc = texts.rowid
       CROSS JOIN traces ON traces.trace = docs.doc / ${DOCS_OF_TRACE}
       CROSS JOIN spans INDEXED BY spans_by_id ON spans.span = docs.span AND spans.trace = traces.trace
       WHERE texts MATCH ? AND texts.rowid BETWEEN ? AND ? AND traces.project = ? ORDER BY texts.rowid DESC`,
    );
  }

  /** @throws BadCursorError */
  search(project: number, query: SearchQuery): SearchPage {
    const pendingMs = this.#docs.oldestPendingMs();
    const indexedUpTo = pendingMs === undefined ? null : formatTimestamp(pendingMs * 1000);
    const parsed = parseTextQuery(query.text);
    const range = this.#range(project, query);
    if (parsed === undefined || range === undefined) return { hits: [], nextCursor: null, indexedUpTo };
    const [from, to] = range;
    const hits: SearchHit[] = [];
    const seen = new Set<string>();
    const deadlineMs = performance.now() + DEADLINE_MS;
    const rows = this.#candidates.iterate(parsed.match, from, to, project) as Iterable<unknown>;
    for (const row of rows as Iterable<CandidateRow>) {
      const key = `${row.trace}:${Buffer.from(row.span).toString("latin1")}`;
      if (seen.has(key)) continue;
      const found = findAll(this.#docs.textsOf(row), parsed.parts);
      if (found !== undefined) {
        seen.add(key);
        hits.push(this.#hit(row, found));
      }
      if (hits.length === query.limit || performance.now() > deadlineMs) {
        return { hits, nextCursor: encodeCursor(row.doc), indexedUpTo };
      }
    }
    return { hits, nextCursor: null, indexedUpTo };
  }

  #range(project: number, { traceId, cursor }: SearchQuery): readonly [number, number] | undefined {
    const to = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(cursor) - 1;
    if (traceId === undefined) return [0, to];
    const found = this.#trace.get(project, idToBytes(traceId)) as { trace: number } | undefined;
    if (found === undefined) return undefined;
    const from = found.trace * DOCS_OF_TRACE;
    return [from, Math.min(to, from + DOCS_OF_TRACE - 1)];
  }

  #hit(row: CandidateRow, { place, snippet, marks }: Found & Pick<PlacedText, "place">): SearchHit {
    return {
      traceId: bytesToId(row.trace_id),
      spanId: bytesToId(row.span),
      traceName: row.trace_name,
      spanName: this.#words.fromColumn(row.span_name),
      startTime: formatTimestamp(row.start_us),
      place,
      snippet,
      marks,
    };
  }
}

/** Every part stands in one of the texts; the first part's place is shown. */
function findAll(
  texts: readonly PlacedText[],
  parts: readonly string[],
): (Found & Pick<PlacedText, "place">) | undefined {
  let first: (Found & Pick<PlacedText, "place">) | undefined;
  for (const part of parts) {
    let found: (Found & Pick<PlacedText, "place">) | undefined;
    for (const { place, text } of texts) {
      const at = findPart(text, part);
      if (at === undefined) continue;
      found = { ...at, place };
      break;
    }
    if (found === undefined) return undefined;
    first ??= found;
  }
  return first;
}

function encodeCursor(doc: number): string {
  return Buffer.from(`${doc}`).toString("base64url");
}

function decodeCursor(cursor: string): number {
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  if (!/^\d{1,16}$/.test(text)) throw new BadCursorError();
  return Number(text);
}
