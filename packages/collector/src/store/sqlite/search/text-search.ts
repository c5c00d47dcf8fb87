/** Search in the texts of spans: the index finds documents, their texts are read again, and each span is given once. */
import { formatTimestamp, type SearchHit } from "@everspan/protocol";
import { BadCursorError } from "../../store-errors.ts";
import type { SearchQuery } from "../../store-queries.ts";
import { findAll, type PlacedFound } from "../../text/plain-text.ts";
import { parseTextQuery, type TextQuery } from "../../text/text-query.ts";
import type { SearchPage } from "../../trace-store.ts";
import { bytesToId, idToBytes } from "../schema/id-bytes.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import { DOCS_OF_TRACE, type DocRow, type SearchTable, type SpanTexts } from "./search-table.ts";
import { TermTable } from "./term-table.ts";

/** What one page may take, in milliseconds; it is short then, with a cursor. */
const DEADLINE_MS = 200;

interface CandidateRow extends DocRow {
  readonly trace: number;
  readonly trace_id: Uint8Array;
  readonly trace_name: string;
}

export class TextSearch {
  readonly #docs: SearchTable;
  readonly #terms: TermTable;
  readonly #candidates: Statement;
  readonly #trace: Statement;

  constructor(database: Database, docs: SearchTable) {
    this.#docs = docs;
    this.#terms = new TermTable(database);
    this.#trace = database.prepare("SELECT trace FROM traces WHERE project = ? AND trace_id = ?");
    this.#candidates = database.prepare(
      `SELECT docs.*, traces.trace, trace_id, traces.name AS trace_name
       FROM texts CROSS JOIN docs ON docs.doc = texts.rowid
       CROSS JOIN traces ON traces.trace = docs.doc / ${DOCS_OF_TRACE}
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
    const match = this.#matchOf(parsed);
    if (match === undefined) return { hits: [], nextCursor: null, indexedUpTo };
    const [from, to] = range;
    const hits: SearchHit[] = [];
    const deadlineMs = performance.now() + DEADLINE_MS;
    let skipped = query.cursor === undefined ? 0 : decodeCursor(query.cursor).spans;
    const rows = this.#candidates.iterate(match, from, to, project) as Iterable<unknown>;
    for (const row of rows as Iterable<CandidateRow>) {
      let spans = 0;
      for (const texts of this.#docs.textsOf(row)) {
        spans += 1;
        if (spans <= skipped && row.doc === to) continue;
        const found = findAll(texts.texts, parsed.parts);
        if (found !== undefined) hits.push(hitOf(row, texts, found));
        if (hits.length === query.limit || performance.now() > deadlineMs) {
          return { hits, nextCursor: encodeCursor({ doc: row.doc, spans }), indexedUpTo };
        }
      }
      skipped = 0;
    }
    return { hits, nextCursor: null, indexedUpTo };
  }

  /** For FTS5's MATCH. Built of quoted strings only, so no text of the sender's is syntax. Undefined when nothing can fit. */
  #matchOf({ words }: TextQuery): string | undefined {
    const parts: string[] = [];
    for (const { text, isPrefix } of words) {
      const terms = isPrefix ? this.#terms.beginningWith(text) : [text];
      if (terms?.length === 0) return undefined;
      parts.push(terms === undefined ? `"${text}"*` : `(${terms.map((term) => `"${term}"`).join(" OR ")})`);
    }
    return parts.join(" AND ");
  }

  #range(project: number, { traceId, cursor }: SearchQuery): readonly [number, number] | undefined {
    const to = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(cursor).doc;
    if (traceId === undefined) return [0, to];
    const found = this.#trace.get(project, idToBytes(traceId)) as { trace: number } | undefined;
    if (found === undefined) return undefined;
    const from = found.trace * DOCS_OF_TRACE;
    return [from, Math.min(to, from + DOCS_OF_TRACE - 1)];
  }
}

function hitOf(
  row: CandidateRow,
  { span, name, startMicros }: SpanTexts,
  { place, snippet, marks }: PlacedFound,
): SearchHit {
  return {
    traceId: bytesToId(row.trace_id),
    spanId: bytesToId(span),
    traceName: row.trace_name,
    spanName: name,
    startTime: formatTimestamp(startMicros),
    place,
    snippet,
    marks,
  };
}

/** A document, and how many of its spans were looked at. */
interface Position {
  readonly doc: number;
  readonly spans: number;
}

function encodeCursor({ doc, spans }: Position): string {
  return Buffer.from(`${doc}:${spans}`).toString("base64url");
}

function decodeCursor(cursor: string): Position {
  const found = /^(\d{1,16}):(\d{1,6})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (found === null) throw new BadCursorError();
  return { doc: Number(found[1]), spans: Number(found[2]) };
}
