/**
 * What a trace says that was written whole in one write, as the one document that the index makes of it: so it need not be
 * read back for that. Kept in memory until it is indexed; of what is not kept the texts are read from the store.
 */
import { foldText, spaced } from "../../text/fold-text.ts";
import { plainText } from "../../text/plain-text.ts";

/** A document ends with the span that fills it. */
export const DOCUMENT_CHARACTERS = 16 * 1024;
export const DOCUMENT_SPANS = 32;

/** Of a span within its trace: its start, and its id. */
export type RowKey = readonly [startMicros: number, span: Uint8Array];

/** The spans of a new trace while it is written. */
export class FreshDocument {
  #first: RowKey | undefined;
  #last: RowKey | undefined;
  #spans = 0;
  #names = "";
  #bodies = "";
  #isWhole = true;

  /** @param body the text of its payloads, without blobs; undefined when it has none */
  add(key: RowKey, name: string, body: string | undefined): void {
    if (!this.#isWhole) return;
    if (this.#first === undefined || comesBefore(key, this.#first)) this.#first = key;
    if (this.#last === undefined || comesBefore(this.#last, key)) this.#last = key;
    this.#spans += 1;
    this.#names += `\n${name}`;
    if (body !== undefined) this.#bodies += `\n${body}`;
    if (this.#spans > DOCUMENT_SPANS || this.size > DOCUMENT_CHARACTERS) this.spoil();
  }

  /** It is more than one document, or not all of it is here. */
  spoil(): void {
    this.#isWhole = false;
    this.#names = "";
    this.#bodies = "";
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** In characters. */
  get size(): number {
    return this.#names.length + this.#bodies.length;
  }

  /** Its first and its last span; undefined when it has none. */
  get range(): readonly [RowKey, RowKey] | undefined {
    return this.#first === undefined || this.#last === undefined ? undefined : [this.#first, this.#last];
  }

  get text(): string {
    return spaced(foldText(`${this.#names}${plainText(this.#bodies)}`));
  }
}

function comesBefore(a: RowKey, b: RowKey): boolean {
  return a[0] === b[0] ? Buffer.compare(a[1], b[1]) < 0 : a[0] < b[0];
}
