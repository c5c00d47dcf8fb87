/**
 * Reads a JSON object with one long list without stopping the page: 100,000 spans are tens of megabytes, and
 * `JSON.parse` of them in one piece freezes it for half a second. The text is cut between the list's items while it
 * arrives, parsed some hundred kilobytes at a time, and the browser may paint in between.
 */
import { parseJson } from "./parse-json.ts";

const SLICE_LENGTH = 256 * 1024;
const MAX_BUSY_MS = 12;

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** @param listKey the name of the object's list; it must be the first list directly in the object */
export async function readInSlices<T>(response: Response, listKey: keyof T & string): Promise<T> {
  if (response.body === null) return parseJson(await response.text()) as T;
  const cutter = new ListCutter();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let busySince = performance.now();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (let at = 0; at < part.value.length; at += SLICE_LENGTH) {
      cutter.push(part.value.slice(at, at + SLICE_LENGTH));
      if (performance.now() - busySince < MAX_BUSY_MS) continue;
      await nextTask();
      busySince = performance.now();
    }
  }
  const { frame, items } = cutter.end();
  return { ...(frame as T), [listKey]: items };
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Follows strings and nesting over any division into chunks; tested without a network. */
export class ListCutter {
  readonly #items: unknown[] = [];
  /** All text but the list's items. */
  #frame = "";
  /** Items not parsed yet, with the commas between them. */
  #slice = "";
  #depth = 0;
  #isInList = false;
  /** The list has ended: what follows is read with the frame. */
  #isAfterList = false;
  #isInString = false;
  #isEscaped = false;

  push(chunk: string): void {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i);
      if (this.#isInString) {
        i = this.#endOfString(chunk, i);
      } else if (code === QUOTE) {
        this.#isInString = true;
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        this.#depth++;
        if (code !== OPEN_BRACKET || this.#depth !== 2 || this.#isAfterList) continue;
        this.#frame += chunk.slice(from, i + 1);
        this.#isInList = true;
        from = i + 1;
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        this.#depth--;
        if (!this.#isInList || this.#depth !== 1) continue;
        this.#parseSlice(chunk.slice(from, i));
        this.#isInList = false;
        this.#isAfterList = true;
        from = i;
      } else if (code === COMMA && this.#isInList && this.#depth === 2) {
        if (this.#slice.length + i - from < SLICE_LENGTH) continue;
        this.#parseSlice(chunk.slice(from, i));
        from = i + 1;
      }
    }
    if (this.#isInList) this.#slice += chunk.slice(from);
    else this.#frame += chunk.slice(from);
  }

  /** @throws SyntaxError when the text was not whole */
  end(): { readonly frame: unknown; readonly items: readonly unknown[] } {
    return { frame: parseJson(this.#frame), items: this.#items };
  }

  /** @returns the index of the quote that ends the string, or the chunk's length: most of a payload is strings */
  #endOfString(chunk: string, start: number): number {
    let from = this.#isEscaped ? start + 1 : start;
    for (;;) {
      const quote = chunk.indexOf('"', from);
      const end = quote < 0 ? chunk.length : quote;
      let backslashes = 0;
      while (end - 1 - backslashes >= from && chunk.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
      const isEscaped = backslashes % 2 === 1;
      if (quote < 0) {
        this.#isEscaped = isEscaped;
        return end;
      }
      if (!isEscaped) {
        this.#isEscaped = false;
        this.#isInString = false;
        return quote;
      }
      from = quote + 1;
    }
  }

  #parseSlice(rest: string): void {
    const items = parseJson(`[${this.#slice}${rest}]`) as unknown[];
    for (const item of items) this.#items.push(item);
    this.#slice = "";
  }
}
