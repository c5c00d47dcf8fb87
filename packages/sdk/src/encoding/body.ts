/** A request's body: bytes in a few large pieces. */
export interface Body {
  /** Never written to by who reads them; some are shared with other bodies. */
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** Gives the memory back for the next body. Call it once, when nobody reads the pieces any more. */
  release(): void;
}

/** A body of pieces that belong to nobody else. */
export function bodyOf(...pieces: readonly Uint8Array[]): Body {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return { pieces, bytes, release: () => {} };
}

export const EMPTY_BODY: Body = bodyOf();
