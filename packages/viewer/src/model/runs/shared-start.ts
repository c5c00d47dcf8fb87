/**
 * Questions made from a template begin alike ("Consider the following issue: …"), and in a list what tells them apart is
 * cut off. Where what a run was asked begins like another one of the list, it is shown from where they part.
 */
import { singleLine } from "../text/hostile-text.ts";

/** Less in common is left as it is. */
const MIN_SHARED = 24;
/** Less than this would say nothing by itself. */
const MIN_REST = 20;

/** @returns for each text the index from which it is shown; 0: from its beginning */
export function sharedStarts(texts: readonly string[]): ReadonlyMap<string, number> {
  const sorted = [...new Set(texts)].sort();
  const starts = new Map<string, number>();
  sorted.forEach((text, index) => {
    // In order, nothing begins more like a text than its neighbours.
    const shared = Math.max(sharedLength(text, sorted[index - 1]), sharedLength(text, sorted[index + 1]));
    const start = shared < MIN_SHARED ? 0 : wordStart(text, shared);
    starts.set(text, text.length - start < MIN_REST || start < MIN_SHARED ? 0 : start);
  });
  return starts;
}

/** What is shown of a question: one line, which says where its beginning is left out. */
export function askedWords(asked: string, from: number): string {
  return from === 0 ? singleLine(asked, 200) : `… ${singleLine(asked.slice(from), 200)}`;
}

/** A question that goes on where another one ends has no start in common with it: the whole of that is its own subject. */
function sharedLength(a: string, b: string | undefined): number {
  if (b === undefined) return 0;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length === a.length || length === b.length ? 0 : length;
}

/** The word within which they part is shown whole. */
function wordStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && !/\s/u.test(text[start - 1]!)) start -= 1;
  return start;
}
