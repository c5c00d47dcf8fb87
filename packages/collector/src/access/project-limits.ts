/**
 * What one project may ask of a collector that several share: requests a second, and bytes of bodies a day. Counted in
 * memory, so a restart begins anew.
 */
import type { Clock } from "@everspan/protocol";
import { HttpError } from "../http/http-errors.ts";
import type { Scope } from "../http/route.ts";
import { RateLimiter } from "./token-bucket.ts";

export interface ProjectLimitOptions {
  /** Requests a second on average; ten times as many may come together. Default: no bound. */
  readonly requestsPerSecond?: number;
  /** Bytes of ingested bodies a day (UTC), after decompression. Default: no bound. */
  readonly ingestBytesPerDay?: number;
}

const BURST_SECONDS = 10;
const DAY_MS = 86_400_000;

export class ProjectLimits {
  readonly #options: ProjectLimitOptions;
  readonly #clock: Clock;
  readonly #requests: RateLimiter | undefined;
  readonly #spent = new Map<string, number>();
  #day = 0;

  constructor(options: ProjectLimitOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    const { requestsPerSecond: perSecond } = options;
    if (perSecond !== undefined)
      this.#requests = new RateLimiter({ perSecond, burst: perSecond * BURST_SECONDS }, clock);
  }

  /** Counts a request of this project. @throws HttpError 429 */
  take(project: string, scope: Scope): void {
    if (scope === "public") return;
    const waitSeconds = this.#requests?.take(project) ?? 0;
    if (waitSeconds > 0) throw limited("the project sends more requests than it may", waitSeconds);
    const { ingestBytesPerDay = Number.POSITIVE_INFINITY } = this.#options;
    if (scope !== "ingest" || this.#spentToday(project) < ingestBytesPerDay) return;
    throw limited("the project has sent as many bytes as it may in a day", this.#secondsOfDay());
  }

  /** After a body was received; the one that passes the bound is still taken. */
  spend(project: string, bytes: number): void {
    if (this.#options.ingestBytesPerDay !== undefined) this.#spent.set(project, this.#spentToday(project) + bytes);
  }

  #spentToday(project: string): number {
    const day = Math.floor(this.#clock.wallMs() / DAY_MS);
    if (day !== this.#day) this.#spent.clear();
    this.#day = day;
    return this.#spent.get(project) ?? 0;
  }

  /** Until the day is over. */
  #secondsOfDay(): number {
    return Math.ceil((DAY_MS - (this.#clock.wallMs() % DAY_MS)) / 1000);
  }
}

function limited(message: string, waitSeconds: number): HttpError {
  return new HttpError(429, "RATE_LIMITED", message, { "retry-after": String(waitSeconds) });
}
