/** How often something may happen: at most `burst` times together, and `perSecond` on average. */
import type { Clock } from "@everspan/protocol";

export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** One bucket for each key; of too many keys those used longest ago are forgotten, which fills their bucket. */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(rate: Rate, clock: Clock, maxKeys = 10_000) {
    this.#rate = rate;
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  /** @returns 0 when it may happen, and it is counted; else how many seconds to wait */
  take(key: string): number {
    const bucket = this.#bucket(key);
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return 0;
    }
    return Math.ceil((1 - bucket.left) / this.#rate.perSecond);
  }

  #bucket(key: string): { left: number; atMs: number } {
    const nowMs = this.#clock.monotonicMs();
    const { burst, perSecond } = this.#rate;
    const bucket = this.#buckets.get(key) ?? { left: burst, atMs: nowMs };
    bucket.left = Math.min(burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxKeys && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
