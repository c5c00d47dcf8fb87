/**
 * What search finds a span by: its texts and their words. A text that an earlier span of the trace has said is left out,
 * as far as this collector knows of it, so a history that is sent again at each step is found where it was first said.
 */
import { BoundedMap, type SpanSnapshot } from "@everspan/protocol";
import { columnText, withoutReferences } from "../payload-blobs.ts";
import { foldText, wordsOf } from "../text/fold-text.ts";
import { type PlacedText, plainText } from "../text/plain-text.ts";
import { type NamedContents, namesIn } from "./named-blobs.ts";

export type PayloadColumns = Readonly<Record<"error" | "input" | "output" | "data", string | null>>;

export interface SpanWords {
  /** JSON of `PlacedText[]`. */
  readonly text: string;
  readonly words: readonly string[];
}

/** Characters and different words of one span that are found. */
const MAX_CHARACTERS = 1024 * 1024;
const MAX_WORDS = 65_536;
/** A longer word is found by its beginning. */
export const MAX_WORD_CHARACTERS = 64;

/** Which span said a text first, by trace and name of the text. */
export class FirstSaid {
  readonly #spans = new BoundedMap<string>(200_000);

  /** Whether this span says it first, as far as is known. */
  note(trace: string, name: string, spanId: string): boolean {
    const key = `${trace}\0${name}`;
    const first = this.#spans.get(key);
    if (first === undefined) this.#spans.set(key, spanId);
    return first === undefined || first === spanId;
  }
}

export function wordsOfSpan(
  { traceId, id, name }: SpanSnapshot,
  columns: PayloadColumns,
  contents: NamedContents,
  said: FirstSaid,
  project: string,
): SpanWords {
  const trace = `${project}\0${traceId}`;
  const texts: PlacedText[] = [{ place: "name", text: name }];
  const seen = new Set<string>();
  let left = MAX_CHARACTERS;
  const add = (place: PlacedText["place"], text: string) => {
    const plain = plainText(withoutReferences(text)).slice(0, Math.max(0, left));
    left -= plain.length;
    if (plain !== "") texts.push({ place, text: plain });
  };
  for (const place of ["error", "input", "output", "data"] as const) {
    const column = columns[place];
    if (column === null) continue;
    const pending = [columnText(column)];
    for (let text = pending.pop(); text !== undefined; text = pending.pop()) {
      add(place, text);
      for (const blob of namesIn(text)) {
        const content = contents.get(blob);
        if (content === undefined || seen.has(blob) || !said.note(trace, blob, id)) continue;
        seen.add(blob);
        pending.push(content);
      }
    }
  }
  return { text: JSON.stringify(texts.map(({ place, text }) => ({ place, text: toText(text) }))), words: words(texts) };
}

function words(texts: readonly PlacedText[]): string[] {
  const found = new Set<string>();
  for (const { text } of texts) {
    for (const word of wordsOf(foldText(text))) {
      if (found.size >= MAX_WORDS) return [...found];
      found.add(toText(word.slice(0, MAX_WORD_CHARACTERS)));
    }
  }
  return [...found];
}

function toText(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
