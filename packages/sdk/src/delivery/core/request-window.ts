import type { DeliveryOptions } from "../../contract/lane-options.ts";
import type { Backoff } from "./backoff.ts";

/**
 * More requests than `concurrency` are allowed once this many full batches wait for each of those. Less is carried in
 * good time without; much less would add requests for nothing.
 */
const BACKLOG_PER_REQUEST = 4;

/** How many requests of a lane may be in flight at the same time: `concurrency`, and more while a backlog waits. */
export class RequestWindow {
  readonly #usual: number;
  readonly #most: number;
  readonly #backoff: Backoff;
  #size: number;

  constructor({ concurrency, maxConcurrency = concurrency }: DeliveryOptions, backoff: Backoff) {
    this.#usual = this.#size = concurrency;
    this.#most = maxConcurrency;
    this.#backoff = backoff;
  }

  /** Whether another request may begin beside those in flight. Where the queue is pressed, all that are allowed may. */
  mayBegin(inFlight: number, isPressed: boolean): boolean {
    if (this.#backoff.isProbing) return inFlight === 0;
    return inFlight < (isPressed && this.#backoff.failures === 0 ? this.#most : this.#size);
  }

  /**
   * While more waits than `concurrency` carries in good time, each request that got through allows one more, up to
   * `maxConcurrency`, as TCP's slow start does; when no full batch waits, one less.
   *
   * @param isBacklog whether so many full batches wait, or the queue is pressed
   */
  succeeded(isBacklog: (batches: number) => boolean): void {
    const isWide = this.#size > this.#usual;
    if (isBacklog(isWide ? 1 : BACKLOG_PER_REQUEST * this.#usual)) this.#size = Math.min(this.#size + 1, this.#most);
    else if (isWide) this.#size -= 1;
  }

  /** A backlog gives no right to more requests than usual any longer. */
  narrow(): void {
    this.#size = this.#usual;
  }
}
