/** A request's body: bytes in as few pieces as is convenient. The pieces may be shared with other bodies: never written to. */
export interface Body {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
}

export const EMPTY_BODY: Body = { pieces: [], bytes: 0 };

export function bodyOf(pieces: readonly Uint8Array[]): Body {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return { pieces, bytes };
}
