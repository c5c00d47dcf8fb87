/** Lets so many in at a time; the others wait in order, or leave when their signal is aborted. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<(admitted: boolean) => void>();

  constructor(permits: number) {
    this.#free = Math.max(1, permits);
  }

  /** False when the signal was aborted first; then there is nothing to release. */
  acquire(signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted === true) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const settle = (admitted: boolean) => {
        this.#waiting.delete(settle);
        signal?.removeEventListener("abort", leave);
        resolve(admitted);
      };
      const leave = () => settle(false);
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.add(settle);
    });
  }

  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next(true);
  }
}
