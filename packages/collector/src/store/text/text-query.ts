/** What a person types into a search, as words that the index knows and as parts that the found text must hold. */

import { foldText, isUnspaced, wordsOf } from "./fold-text.ts";

export interface TextQuery {
  /** All of them stand in what fits; of each, whether it may be the beginning of a longer word. */
  readonly words: readonly { readonly text: string; readonly isPrefix: boolean }[];
  /** Each must stand in the texts of a document, as a whole word or the beginning of one. */
  readonly parts: readonly string[];
}

const MAX_PARTS = 16;

/** @returns undefined when the text has no word */
export function parseTextQuery(text: string): TextQuery | undefined {
  const parts: string[] = [];
  const terms: TextQuery["words"][number][] = [];
  for (const [, phrase, word] of text.matchAll(/"([^"]*)"?|(\S+)/g)) {
    if (parts.length === MAX_PARTS) break;
    const part = foldText(phrase ?? word ?? "")
      .trim()
      .replace(/(?<!\*)\*+$/, "");
    const words = wordsOf(part);
    if (words.length === 0) continue;
    parts.push(part);
    // The last word may be the beginning of one: who types on sees more, not nothing.
    const last = words.length - 1;
    terms.push(...words.map((term, index) => ({ text: term, isPrefix: index === last && !isUnspaced(term) })));
  }
  return terms.length === 0 ? undefined : { words: terms, parts };
}

export interface Found {
  readonly snippet: string;
  readonly marks: readonly (readonly [from: number, to: number])[];
}

const BEFORE = 60;
const SNIPPET = 200;

/** Where a part stands in a text, whatever the case; undefined when it does not. */
export function findPart(text: string, part: string): Found | undefined {
  const folded = foldText(text);
  const at = folded.indexOf(part);
  if (at === -1) return undefined;
  // Folding may change lengths: then the snippet is of the folded text.
  const shown = folded.length === text.length ? text : folded;
  const from = Math.max(0, at - BEFORE);
  const snippet = shown.slice(from, from + SNIPPET).replaceAll(/\s/g, " ");
  return { snippet, marks: [[at - from, Math.min(snippet.length, at - from + part.length)]] };
}
