/** A text cut at its marks, so that each part is drawn as text and the marked ones as marked. */

export interface MarkedPart {
  readonly text: string;
  readonly isMarked: boolean;
}

/** @param marks index of the first character and of the one after the last; out of order, overlapping or beyond: as far as they make sense */
export function markedParts(
  text: string,
  marks: readonly (readonly [from: number, to: number])[],
): readonly MarkedPart[] {
  const parts: MarkedPart[] = [];
  let at = 0;
  for (const [from, to] of [...marks].sort(([a], [b]) => a - b)) {
    const start = Math.min(Math.max(at, from), text.length);
    const end = Math.min(Math.max(start, to), text.length);
    if (start > at) parts.push({ text: text.slice(at, start), isMarked: false });
    if (end > start) parts.push({ text: text.slice(start, end), isMarked: true });
    at = Math.max(at, end);
  }
  if (at < text.length) parts.push({ text: text.slice(at), isMarked: false });
  return parts;
}
