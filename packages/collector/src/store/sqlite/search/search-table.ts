/**
 * Full text of spans. A write notes which spans have something new to say (`docs`, in its transaction); the words are
 * indexed behind it, so that search lags by a second and never slows ingest. A span's document is its own texts and the
 * blobs that it brought: what a later step sends again is indexed once, where it was first said.
 *
 * The index knows words, not their places (a seventh of the text's size). What it finds is read again: that checks
 * phrases and parts of other scripts, and gives the snippet.
 */
import { columnText, withoutReferences } from "../../payload-blobs.ts";
import { type BlobReader, MissingBlobError } from "../payloads/frame-table.ts";
import type { Database, Statement } from "../schema/sqlite.ts";
import type { WordTable } from "../schema/word-table.ts";
import type { SpanHeadRow, SpanRow } from "../writing/span-row.ts";
import { foldText } from "./fold-text.ts";

/** Characters of one span that are indexed. */
const MAX_DOCUMENT_CHARACTERS = 4 * 1024 * 1024;

/** Documents of a trace are numbered from `trace * DOCS_OF_TRACE` on, so they lie together. */
export const DOCS_OF_TRACE = 2 ** 22;

export interface DocRow {
  readonly doc: number;
  readonly span: Uint8Array;
  readonly first: number;
  readonly count: number;
}

export function traceOfDoc(doc: number): number {
  return Math.floor(doc / DOCS_OF_TRACE);
}

/** A text of a span, and where it stands. */
export interface PlacedText {
  readonly place: "name" | "input" | "output" | "data" | "error";
  readonly text: string;
}

type TextRow = Pick<SpanRow, "name" | "error" | "input" | "output" | "data">;

interface UnindexedRow {
  readonly trace: number;
  readonly doc: number;
  readonly since_ms: number;
}

export class SearchTable {
  readonly #add: Statement;
  readonly #last: Statement;
  readonly #note: Statement;
  readonly #oldest: Statement;
  readonly #pending: Statement;
  readonly #move: Statement;
  readonly #done: Statement;
  readonly #spanTexts: Statement;
  readonly #index: Statement;
  readonly #words: WordTable;
  readonly #blobs: BlobReader;
  /** The number of the next document of each trace of this write. */
  readonly #next = new Map<number, number>();

  constructor(database: Database, words: WordTable, blobs: BlobReader) {
    this.#words = words;
    this.#blobs = blobs;
    this.#add = database.prepare("INSERT INTO docs (doc, span, first, count) VALUES (?, ?, ?, ?)");
    this.#last = database.prepare("SELECT max(doc) AS doc FROM docs WHERE doc >= ? AND doc < ?");
    this.#note = database.prepare("INSERT OR IGNORE INTO unindexed (trace, doc, since_ms) VALUES (?, ?, ?)");
    this.#oldest = database.prepare("SELECT * FROM unindexed ORDER BY since_ms LIMIT 1");
    this.#pending = database.prepare("SELECT * FROM docs WHERE doc >= ? AND doc < ? ORDER BY doc LIMIT 64");
    this.#move = database.prepare("UPDATE unindexed SET doc = ? WHERE trace = ?");
    this.#done = database.prepare("DELETE FROM unindexed WHERE trace = ?");
    this.#spanTexts = database.prepare(
      `SELECT start_us, name, error, input, output, data FROM spans INDEXED BY spans_by_id
       WHERE span = ? AND trace = ? LIMIT 1`,
    );
    this.#index = database.prepare("INSERT OR REPLACE INTO texts (rowid, text) VALUES (?, ?)");
  }

  /** Notes a span that was written, with the blobs that it brought. Within the transaction of its write. */
  add(row: SpanHeadRow, firstBlob: number, blobs: number, nowMs: number): void {
    let doc = this.#next.get(row.trace);
    if (doc === undefined) {
      const from = row.trace * DOCS_OF_TRACE;
      const last = (this.#last.get(from, from + DOCS_OF_TRACE) as { doc: number | null }).doc;
      doc = last === null ? from : last + 1;
      this.#note.run(row.trace, doc, nowMs);
    }
    this.#next.set(row.trace, doc + 1);
    if (traceOfDoc(doc) === row.trace) this.#add.run(doc, row.span, firstBlob, blobs);
  }

  /** At the end of each write, undone or not. */
  forget(): void {
    this.#next.clear();
  }

  /** When the oldest write came whose words are not indexed yet; undefined when all are. */
  oldestPendingMs(): number | undefined {
    return (this.#oldest.get() as UnindexedRow | undefined)?.since_ms;
  }

  /** Indexes documents until the deadline. Within a transaction of its own. @returns whether some are left */
  indexSome(deadlineMs: number): boolean {
    for (;;) {
      const next = this.#oldest.get() as UnindexedRow | undefined;
      if (next === undefined) return false;
      const end = (next.trace + 1) * DOCS_OF_TRACE;
      const rows = this.#pending.all(next.doc, end) as unknown as DocRow[];
      for (const row of rows) {
        const texts = this.textsOf(row).map((placed) => spaced(foldText(placed.text)));
        if (texts.length > 0) this.#index.run(row.doc, texts.join("\n").slice(0, MAX_DOCUMENT_CHARACTERS));
        if (performance.now() >= deadlineMs) {
          this.#move.run(row.doc + 1, next.trace);
          return true;
        }
      }
      if (rows.length === 64) this.#move.run(rows.at(-1)!.doc + 1, next.trace);
      else this.#done.run(next.trace);
    }
  }

  /** A document's own texts: none when its span was replaced or removed. */
  textsOf({ doc, span, first, count }: DocRow): PlacedText[] {
    const trace = traceOfDoc(doc);
    const row = this.#spanTexts.get(span, trace) as unknown as TextRow | undefined;
    if (row === undefined) return [];
    const blobOf = this.#blobs.blobsOf(trace);
    const texts: PlacedText[] = [{ place: "name", text: this.#words.fromColumn(row.name) }];
    const seen = new Set<number>();
    for (const place of ["error", "input", "output", "data"] as const) {
      const column = row[place];
      if (column === null) continue;
      texts.push({ place, text: plainText(withoutReferences(columnText(column))) });
      for (const number of freshIn(column, first, count, blobOf, seen)) {
        texts.push({ place, text: plainText(withoutReferences(readBlob(blobOf, number))) });
      }
    }
    return texts;
  }
}

/** The blobs below a payload that the document brought: those above them that are older hold none. */
function freshIn(
  column: string,
  first: number,
  count: number,
  blobOf: (number: number) => string,
  seen: Set<number>,
): number[] {
  const found: number[] = [];
  const pending = [column];
  for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sign of a reference
    for (const [, digits] of text.matchAll(/\u0001(\d+)/g)) {
      const number = Number(digits);
      if (number < first || number >= first + count || seen.has(number)) continue;
      seen.add(number);
      found.push(number);
      pending.push(readBlob(blobOf, number));
    }
  }
  return found;
}

function readBlob(blobOf: (number: number) => string, number: number): string {
  try {
    return blobOf(number);
  } catch (error) {
    if (error instanceof MissingBlobError) return "";
    throw error;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: " ", f: " " };

/** JSON text as a person reads it: its escapes undone, its structure left. */
function plainText(json: string): string {
  return json.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_escape, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Scripts that are written without spaces: each of their characters is a word of its own. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

export function spaced(text: string): string {
  return text.replace(UNSPACED, " $& ");
}
