import { type CaptureBudget, DEFAULT_CAPTURE_BUDGET } from "./budget.ts";
import { UNREADABLE } from "./marks.ts";
import type { CaptureMemory } from "./memory.ts";
import type { JsonNode } from "./nodes.ts";
import { Walk } from "./walk.ts";

/**
 * Takes the picture of a payload: an immutable tree that shares the application's strings and what was captured
 * before. Total: accepts any value, never throws, and stops at its budget.
 */
export class Capturer {
  /** Estimated bytes that the last capture cut off; 0 when it took the whole payload. */
  truncatedBytes = 0;
  readonly #budget: CaptureBudget;
  readonly #clock: () => number;
  readonly #walk: Walk;
  #isWalking = false;

  /** @param clock monotonic milliseconds */
  constructor(budget: Partial<CaptureBudget> = {}, clock: () => number = () => performance.now()) {
    this.#budget = { ...DEFAULT_CAPTURE_BUDGET, ...budget };
    this.#clock = clock;
    this.#walk = new Walk(this.#budget, clock);
  }

  /**
   * @param memory what the trace captured before; without it nothing is shared with earlier captures
   * @returns undefined when there is no payload (`undefined`)
   */
  capture(value: unknown, memory?: CaptureMemory): JsonNode | undefined {
    this.truncatedBytes = 0;
    if (value === undefined) return undefined;
    if (this.#isWalking) return this.#captureWithin(value);
    this.#isWalking = true;
    try {
      const node = this.#walk.run(value, memory);
      this.truncatedBytes = this.#walk.cutBytes;
      return node;
    } catch {
      return UNREADABLE;
    } finally {
      this.#isWalking = false;
    }
  }

  /** A getter of the payload being captured starts a span of its own. */
  #captureWithin(value: unknown): JsonNode | undefined {
    const inner = new Capturer(this.#budget, this.#clock);
    const node = inner.capture(value);
    this.truncatedBytes = inner.truncatedBytes;
    return node;
  }
}
