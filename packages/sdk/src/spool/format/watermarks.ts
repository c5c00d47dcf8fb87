/** How far the records of one process have come. Each number only grows. */
export interface Watermarks {
  /** The last record that was given a number: it is in memory. */
  readonly captured: number;
  /** Up to here `write` has returned: survives the death of the process. */
  readonly spooled: number;
  /** Up to here `fsync` has returned: survives a power cut. Moves only with `durability: "power"`. */
  readonly synced: number;
}

type Level = "spooled" | "synced";

interface Waiter {
  readonly level: Level;
  readonly seq: number;
  readonly resolve: (reached: boolean) => void;
}

export class WatermarkBoard {
  captured: number;
  #spooled: number;
  #synced: number;
  readonly #waiters: Waiter[] = [];
  readonly #onChange: (watermarks: Watermarks) => void;

  constructor(start: number, onChange: (watermarks: Watermarks) => void) {
    this.captured = start;
    this.#spooled = start;
    this.#synced = start;
    this.#onChange = onChange;
  }

  get current(): Watermarks {
    return { captured: this.captured, spooled: this.#spooled, synced: this.#synced };
  }

  spooledTo(seq: number): void {
    if (seq <= this.#spooled) return;
    this.#spooled = seq;
    this.#announce();
  }

  syncedTo(seq: number): void {
    if (seq <= this.#synced) return;
    this.#synced = seq;
    this.#announce();
  }

  /** True once the level is reached; false when the spool is closed before. */
  reach(level: Level, seq: number): Promise<boolean> {
    if (this.#has(level, seq)) return Promise.resolve(true);
    return new Promise((resolve) => this.#waiters.push({ level, seq, resolve }));
  }

  close(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(false);
  }

  #has(level: Level, seq: number): boolean {
    return (level === "spooled" ? this.#spooled : this.#synced) >= seq;
  }

  #announce(): void {
    for (const waiter of this.#waiters.splice(0)) {
      if (this.#has(waiter.level, waiter.seq)) waiter.resolve(true);
      else this.#waiters.push(waiter);
    }
    this.#onChange(this.current);
  }
}
