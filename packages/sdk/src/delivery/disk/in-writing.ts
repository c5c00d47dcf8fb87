import type { OwnPlace } from "./own-place.ts";

interface Entry {
  readonly place: OwnPlace;
  readonly bytes: number;
}

/** Records that have a number and are not on disk yet, in the order of their numbers. */
export class InWriting {
  #entries: Entry[] = [];
  #bytes = 0;

  /** What they are encoded in. */
  get bytes(): number {
    return this.#bytes;
  }

  push(place: OwnPlace, bytes: number): void {
    this.#entries.push({ place, bytes });
    this.#bytes += bytes;
  }

  /** The records up to this number are on disk. */
  spooledThrough(seq: number): void {
    let count = 0;
    for (const { place, bytes } of this.#entries) {
      if (place.seq > seq) break;
      place.spooled();
      this.#bytes -= bytes;
      count += 1;
    }
    if (count > 0) this.#entries = this.#entries.slice(count);
  }
}
