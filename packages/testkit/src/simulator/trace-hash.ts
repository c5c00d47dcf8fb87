const scratch = new DataView(new ArrayBuffer(8));

/** FNV-1a over everything that happened: two runs of a seed have the same, or something drew from outside. */
export class TraceHash {
  #value = 0x811c9dc5;

  add(...numbers: readonly number[]): void {
    for (const number of numbers) {
      scratch.setFloat64(0, number);
      this.#mix(scratch.getUint32(0));
      this.#mix(scratch.getUint32(4));
    }
  }

  #mix(word: number): void {
    this.#value = Math.imul(this.#value ^ word, 0x01000193);
  }

  get value(): number {
    return this.#value >>> 0;
  }
}
