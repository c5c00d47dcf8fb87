/**
 * Full text of spans. A write notes which traces have something new to say (`unindexed`, in its transaction); the words
 * are indexed behind it, so that search lags by a second and never slows ingest. A document is a handful of spans that
 * were written together and follow one another, with the blobs that they brought: what a later step sends again is
 * indexed once, where it was first said.
 *
 * The index knows words, not their places (a seventh of the text's size). What it finds is read again: that says which
 * span it is, checks phrases and parts of other scripts, and gives the snippet.
 */
import { columnText, hasReferences, withoutReferences } from "../../payload-blobs.ts";
import { foldText, spaced } from "../../text/fold-text.ts";
import { type PlacedText, plainText } from "../../text/plain-text.ts";
import { LOST, readBody } from "../payloads/body.ts";
import { MissingBlobError } from "../payloads/frame-codec.ts";
import type { BlobReader } from "../payloads/frame-table.ts";
import { labelText } from "../schema/sql-text.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { WordTable } from "../schema/word-table.ts";
import type { SpanRow } from "../writing/span-row.ts";
import type { OpenTrace } from "../writing/trace-table.ts";
import { DOCUMENT_CHARACTERS, DOCUMENT_SPANS, type FreshDocument, type RowKey } from "./fresh-document.ts";

/** Characters of one span that are indexed. */
const MAX_SPAN_CHARACTERS = 4 * 1024 * 1024;
/** Rows that are passed by for one document: what lies between its spans is passed by again when it is found. */
const DOCUMENT_ROWS = 1024;
/** Rows that one call of the driver reads. */
const READ_ROWS = 256;
/** Characters of new traces that are kept until they are indexed: what is written in some seconds. */
const KEPT_CHARACTERS = 8 * 1024 * 1024;

/** Documents of a trace are numbered from `trace * DOCS_OF_TRACE` on, so they lie together. */
export const DOCS_OF_TRACE = 2 ** 22;

/** The spans of a trace from one key to another, both within, that changed after one revision and up to another. */
export interface DocRow {
  readonly doc: number;
  readonly from_us: number;
  readonly from_span: Uint8Array;
  readonly to_us: number;
  readonly to_span: Uint8Array;
  readonly after: number;
  readonly upto: number;
  /** Blobs from this number on came with them. */
  readonly first: number;
}

export function traceOfDoc(doc: number): number {
  return Math.floor(doc / DOCS_OF_TRACE);
}

export interface SpanTexts {
  readonly span: Uint8Array;
  readonly startMicros: number;
  readonly name: string;
  readonly texts: readonly PlacedText[];
}

type TextRow = Pick<SpanRow, "start_us" | "span" | "changed" | "name" | "body">;
type TextColumns = [TextRow["start_us"], TextRow["span"], TextRow["changed"], TextRow["name"], TextRow["body"]];

interface UnindexedRow {
  readonly trace: number;
  /** What changed up to this revision is indexed. */
  readonly after: number;
  /** The revision up to which the trace is being indexed, and the last span that was; null while it has not begun. */
  readonly upto: number | null;
  readonly at_us: number | null;
  readonly at_span: Uint8Array | null;
  /** Number of the first blob that came after `after`, and of the first that came after `upto`. */
  readonly first: number;
  readonly next_first: number | null;
  /** Spans that changed start between these. */
  readonly from_us: number;
  readonly to_us: number;
  readonly since_ms: number;
}

export class SearchTable {
  readonly #note: Statement;
  readonly #oldest: Statement;
  readonly #move: Statement;
  readonly #again: Statement;
  readonly #done: Statement;
  readonly #revision: Statement;
  readonly #spans: Statement;
  readonly #lastDoc: Statement;
  readonly #addDoc: Statement;
  readonly #index: Statement;
  readonly #words: WordTable;
  readonly #blobs: BlobReader;
  /** By trace: what was written whole and is not indexed yet. Only the process that writes has any. */
  readonly #fresh = new Map<number, FreshDocument>();
  #freshCharacters = 0;

  constructor(database: Database, words: WordTable, blobs: BlobReader) {
    this.#words = words;
    this.#blobs = blobs;
    this.#note = database.prepare(
      `INSERT INTO unindexed (trace, after, first, from_us, to_us, since_ms) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (trace) DO UPDATE SET from_us = min(from_us, excluded.from_us), to_us = max(to_us, excluded.to_us),
       next_first = iif(upto IS NOT NULL AND next_first IS NULL, excluded.first, next_first)`,
    );
    this.#oldest = database.prepare("SELECT * FROM unindexed ORDER BY since_ms LIMIT 1");
    this.#move = database.prepare("UPDATE unindexed SET upto = ?, at_us = ?, at_span = ? WHERE trace = ?");
    this.#again = database.prepare(
      // Its revision may have grown without a span that was written, as by the state of a producer.
      `UPDATE unindexed SET after = ?, upto = NULL, first = coalesce(next_first, first), next_first = NULL
       WHERE trace = ?`,
    );
    this.#done = database.prepare("DELETE FROM unindexed WHERE trace = ?");
    this.#revision = database.prepare("SELECT revision FROM traces WHERE trace = ?");
    this.#spans = database.prepare(
      `SELECT start_us, span, changed, name, body FROM spans
       WHERE trace = ? AND (start_us, span) >= (?, ?) AND (start_us, span) <= (?, ?) ORDER BY start_us, span LIMIT ?`,
    );
    this.#spans.setReturnArrays(true);
    this.#lastDoc = database.prepare("SELECT max(doc) AS doc FROM docs WHERE doc >= ? AND doc < ?");
    this.#addDoc = database.prepare(
      "INSERT INTO docs (doc, from_us, from_span, to_us, to_span, after, upto, first) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#index = database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  }

  /** Notes that spans of a trace were written. Within the transaction of their write, before the trace is saved. */
  note({ trace, revision, written, fresh }: OpenTrace, nowMs: number): void {
    if (written === null) return;
    this.#note.get(trace, revision - 1, written.firstBlob, written.fromMicros, written.toMicros, nowMs);
    this.#takeFresh(trace);
    if (fresh?.isWhole !== true || this.#freshCharacters + fresh.size > KEPT_CHARACTERS) return;
    this.#fresh.set(trace, fresh);
    this.#freshCharacters += fresh.size;
  }

  #takeFresh(trace: number): FreshDocument | undefined {
    const fresh = this.#fresh.get(trace);
    if (fresh === undefined) return undefined;
    this.#fresh.delete(trace);
    this.#freshCharacters -= fresh.size;
    return fresh;
  }

  /** When the oldest write came whose words are not indexed yet; undefined when all are. */
  oldestPendingMs(): number | undefined {
    return (this.#oldest.get() as UnindexedRow | undefined)?.since_ms;
  }

  /** Indexes documents until the deadline. Within a transaction of its own. @returns whether some are left */
  indexSome(deadlineMs: number): boolean {
    for (;;) {
      const next = this.#oldest.get() as unknown as UnindexedRow | undefined;
      if (next === undefined) {
        // What is left is of traces that were removed meanwhile, or of writes that were undone.
        this.#fresh.clear();
        this.#freshCharacters = 0;
        return false;
      }
      const revision = (this.#revision.get(next.trace) as { revision: number } | undefined)?.revision;
      const fresh = this.#takeFresh(next.trace);
      if (revision === undefined) this.#done.get(next.trace);
      else if (fresh !== undefined && next.after === 0 && next.upto === null) this.#indexFresh(next, fresh, revision);
      else if (!this.#indexTrace(next, next.upto ?? revision, revision, deadlineMs)) return true;
      if (performance.now() >= deadlineMs) return true;
    }
  }

  /** The texts of a document's spans: without those that were replaced or removed since. */
  *textsOf(doc: DocRow): Iterable<SpanTexts> {
    const trace = traceOfDoc(doc.doc);
    const read = this.#reader(trace, doc.first, new Set());
    for (const row of this.#rows(trace, [doc.from_us, doc.from_span], [doc.to_us, doc.to_span])) {
      if (row.changed > doc.after && row.changed <= doc.upto) yield read(row);
    }
  }

  /** The rows from one key to another, both within. */
  *#rows(trace: number, from: RowKey, to: RowKey): Iterable<TextRow> {
    let [fromMicros, fromSpan] = from;
    let isFirst = true;
    for (;;) {
      const rows = this.#spans.all(trace, fromMicros, fromSpan, ...to, READ_ROWS) as unknown as TextColumns[];
      // Each further part begins with the row that the one before ended with.
      for (let index = isFirst ? 0 : 1; index < rows.length; index++) {
        const [startMicros, span, changed, name, body] = rows[index]!;
        yield { start_us: startMicros, span, changed, name, body };
      }
      if (rows.length < READ_ROWS) return;
      [fromMicros, fromSpan] = rows.at(-1)!;
      isFirst = false;
    }
  }

  /** A trace to which nothing was added since: its only document. */
  #indexFresh({ trace, first }: UnindexedRow, fresh: FreshDocument, upto: number): void {
    const [begin, end] = fresh.range!;
    const doc = trace * DOCS_OF_TRACE;
    this.#addDoc.get(doc, ...begin, ...end, 0, upto, first);
    this.#index.get(doc, labelText(fresh.text));
    this.#done.get(trace);
  }

  /** @returns false when the deadline came before its end */
  #indexTrace(next: UnindexedRow, upto: number, revision: number, deadlineMs: number): boolean {
    const { trace, after, first } = next;
    const read = this.#reader(trace, first, new Set());
    const open = new OpenDocument();
    const from = trace * DOCS_OF_TRACE;
    const last = (this.#lastDoc.get(from, from + DOCS_OF_TRACE) as { doc: number | null }).doc;
    let doc = last === null ? from : last + 1;
    const write = (): void => {
      const range = open.range;
      if (range === undefined) return;
      const [begin, end] = range;
      // A trace with more documents than fit is found by its first ones.
      if (traceOfDoc(doc) === trace) {
        this.#addDoc.get(doc, begin.start_us, begin.span, end.start_us, end.span, after, upto, first);
        this.#index.get(doc, labelText(open.text));
        doc += 1;
      }
      open.clear();
    };
    // What has not begun has no place where it was left; the columns may still say where the time before ended.
    const at: RowKey = next.upto === null ? [next.from_us, NO_BYTES] : [next.at_us!, next.at_span!];
    for (const row of this.#rows(trace, at, [next.to_us, LAST_BYTES])) {
      const isNew = row.changed > after && row.changed <= upto;
      const isPassed = at[0] === row.start_us && Buffer.compare(row.span, at[1]) === 0;
      open.pass();
      if (isNew && !isPassed) open.add(row, read(row));
      if (!open.isFull) continue;
      write();
      if (performance.now() < deadlineMs) continue;
      this.#move.get(upto, row.start_us, row.span, trace);
      return false;
    }
    write();
    if (revision > upto) this.#again.get(upto, trace);
    else this.#done.get(trace);
    return true;
  }

  #reader(trace: number, first: number, seen: Set<number>): (row: TextRow) => SpanTexts {
    const blobOf = this.#blobs.blobsOf(trace);
    const bodyOf = this.#blobs.bodiesOf(trace);
    return (row) => {
      const name = this.#words.fromColumn(row.name);
      const texts: PlacedText[] = [{ place: "name", text: name }];
      const body = readBody(row.body, bodyOf);
      for (const place of ["error", "input", "output", "data"] as const) {
        const column = body[place];
        if (column === null || column === LOST) continue;
        texts.push({ place, text: plainText(withoutReferences(columnText(column))) });
        for (const number of freshIn(column, first, blobOf, seen)) {
          texts.push({ place, text: plainText(withoutReferences(readBlob(blobOf, number))) });
        }
      }
      return { span: row.span, startMicros: row.start_us, name, texts };
    };
  }
}

const NO_BYTES = new Uint8Array();
/** After every id. */
const LAST_BYTES = Buffer.alloc(1, 0xff);

/** A document while it is put together. */
class OpenDocument {
  #rows: TextRow[] = [];
  #passed = 0;
  #texts: string[] = [];
  #characters = 0;

  pass(): void {
    this.#passed += 1;
  }

  add(row: TextRow, { texts }: SpanTexts): void {
    this.#rows.push(row);
    let text = "";
    for (const placed of texts) text += text === "" ? placed.text : `\n${placed.text}`;
    this.#texts.push(text.length > MAX_SPAN_CHARACTERS ? text.slice(0, MAX_SPAN_CHARACTERS) : text);
    this.#characters += text.length;
  }

  get isFull(): boolean {
    const isLong = this.#characters >= DOCUMENT_CHARACTERS || this.#passed >= DOCUMENT_ROWS;
    return isLong || this.#rows.length >= DOCUMENT_SPANS;
  }

  /** Its first and its last span; undefined when it has none. */
  get range(): readonly [TextRow, TextRow] | undefined {
    const [first, last] = [this.#rows[0], this.#rows.at(-1)];
    return first === undefined || last === undefined ? undefined : [first, last];
  }

  /** Folded as a whole: a line's end changes nothing of what stands before and after it. */
  get text(): string {
    return spaced(foldText(this.#texts.join("\n")));
  }

  clear(): void {
    [this.#rows, this.#texts, this.#characters, this.#passed] = [[], [], 0, 0];
  }
}

/** The blobs below a payload that the document brought: those above them that are older hold none. */
function freshIn(column: string, first: number, blobOf: (number: number) => string, seen: Set<number>) {
  if (!hasReferences(column)) return NO_BLOBS;
  const found: number[] = [];
  const pending = [column];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sign of a reference
    for (const [, digits] of text.matchAll(/\u0001(\d+)/g)) {
      const number = Number(digits);
      if (number < first || seen.has(number)) continue;
      seen.add(number);
      found.push(number);
      pending.push(readBlob(blobOf, number));
    }
  }
  return found;
}

const NO_BLOBS: readonly number[] = [];

function readBlob(blobOf: (number: number) => string, number: number): string {
  try {
    return blobOf(number);
  } catch (error) {
    if (error instanceof MissingBlobError) return "";
    throw error;
  }
}
