/** Lets each kind of warning through at most once in an interval. */
export class WarningLimit {
  readonly #intervalMs: number;
  readonly #kinds = new Map<string, { saidAtMs: number; heldBack: number }>();

  constructor(intervalMs = 60_000) {
    this.#intervalMs = intervalMs;
  }

  /** How many of this kind were held back since the last one that was let through; undefined when this one is held back. */
  admit(kind: string, nowMs: number): number | undefined {
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.saidAtMs < this.#intervalMs) {
      last.heldBack += 1;
      return undefined;
    }
    const heldBack = last?.heldBack ?? 0;
    this.#kinds.set(kind, { saidAtMs: nowMs, heldBack: 0 });
    return heldBack;
  }
}
