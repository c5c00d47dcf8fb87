/**
 * Memory for bodies, used again and again. Writing 50 KB into memory that was written before costs 2 us; into fresh
 * memory 30, most of it the kernel's, which hands out each page zeroed.
 */
export const CHUNK_BYTES = 256 * 1024;

/** What stays when nothing is in flight: as much as was used, up to the three bodies that a lane has in flight. */
const MAX_IDLE_CHUNKS = 48;

export class ChunkPool {
  readonly #idle: Buffer[] = [];

  /** At least `bytes` long, with any content. */
  take(bytes: number): Buffer {
    return (
      (bytes <= CHUNK_BYTES ? this.#idle.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(bytes, CHUNK_BYTES))
    );
  }

  giveBack(chunk: Buffer): void {
    if (chunk.length === CHUNK_BYTES && this.#idle.length < MAX_IDLE_CHUNKS) this.#idle.push(chunk);
  }
}
