/** Where a piece of a text may end that is encoded alone: not between the halves of a surrogate pair, which would be escaped. */
export function pieceEnd(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const isHighHalf = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return isHighHalf ? end + 1 : end;
}
