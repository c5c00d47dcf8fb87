const WINDOW_MS = 5_000;
/** A younger window says little. */
const YOUNG_MS = 1_000;

/** What part of the time the SDK took, in windows of some seconds. It is told the time. */
export class LoopShare {
  #beganMs: number;
  #ownMsBefore: number;
  #last = 0;

  /** @param ownMs the SDK's own time until now */
  constructor(nowMs: number, ownMs: number) {
    this.#beganMs = nowMs;
    this.#ownMsBefore = ownMs;
  }

  look(nowMs: number, ownMs: number): void {
    if (nowMs - this.#beganMs < WINDOW_MS) return;
    this.#last = this.#shareAt(nowMs, ownMs);
    this.#beganMs = nowMs;
    this.#ownMsBefore = ownMs;
  }

  /** Of the window under way, or of the last one while that is young. */
  at(nowMs: number, ownMs: number): number {
    return nowMs - this.#beganMs < YOUNG_MS ? this.#last : this.#shareAt(nowMs, ownMs);
  }

  #shareAt(nowMs: number, ownMs: number): number {
    return (ownMs - this.#ownMsBefore) / (nowMs - this.#beganMs);
  }
}
