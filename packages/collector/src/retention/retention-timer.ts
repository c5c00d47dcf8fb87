/**
 * Asks the store, now and then, to remove what is due. In slices, with a pause between them, so that it never holds up
 * ingest; what fails is found again by the next pass.
 */
import type { Cancel, Clock } from "@everspan/protocol";
import type { Logger } from "../logger.ts";
import type { SpanStore } from "../store/trace-store.ts";

export interface RetentionOptions {
  /** Traces to which nothing was added for longer are removed, in milliseconds. Default: none by age. */
  readonly maxAgeMs?: number;
  /** While the store holds more bytes, traces to which nothing was added for longest are removed. Default: no bound. */
  readonly maxBytes?: number;
}

export interface RetentionTimerOptions extends RetentionOptions {
  /** Called when traces were removed. */
  readonly onRemoved: () => void;
}

const PASS_INTERVAL_MS = 10 * 60_000;
const SLICE_MS = 50;
const PAUSE_MS = 200;

export class RetentionTimer {
  readonly #store: SpanStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: RetentionTimerOptions;
  #cancel: Cancel | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(store: SpanStore, clock: Clock, logger: Logger, options: RetentionTimerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#options = options;
    const isWanted = options.maxAgeMs !== undefined || options.maxBytes !== undefined;
    if (isWanted && store.capabilities.has("deletion")) this.#schedule(PAUSE_MS);
  }

  /** Resolves when a pass that was under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#pass;
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#cancel = this.#clock.schedule(
      () => {
        this.#pass = this.#slice();
      },
      delayMs,
      false,
    );
  }

  async #slice(): Promise<void> {
    let hasMore = false;
    try {
      const { onRemoved, ...policy } = this.#options;
      const expired = await this.#store.expire({ ...policy, nowMs: this.#clock.wallMs(), sliceMs: SLICE_MS });
      if (expired.deletedTraces > 0) onRemoved();
      hasMore = expired.hasMore;
    } catch (error) {
      this.#logger.error(`retention failed, and goes on later: ${(error as Error).message}`);
    }
    this.#schedule(hasMore ? PAUSE_MS : PASS_INTERVAL_MS);
  }
}
