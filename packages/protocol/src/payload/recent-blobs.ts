/** What is known of the blobs used last, by name, bounded in the size of their contents. Both ends of a wire keep one. */

/** What a blob counts for besides its content: its name and its place in the table. */
const ENTRY_BYTES = 512;

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

export class RecentBlobs<T> {
  readonly maxBytes: number;
  /** In the order of their last use, the longest ago first. */
  readonly #entries = new Map<string, Entry<T>>();
  #bytes = 0;

  /** @param maxBytes of contents in characters of JSON, and 512 for each blob */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** To be looked at is to be used. */
  get(name: string): T | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Those used longest ago make room. A blob that would need all of it is not kept. */
  set(name: string, value: T, contentBytes: number): void {
    this.#delete(name);
    const bytes = contentBytes + ENTRY_BYTES;
    if (bytes > this.maxBytes) return;
    this.#entries.set(name, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.#delete(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#bytes -= entry.bytes;
  }
}
