/** How long requests took, by method, route and status, as OpenTelemetry's `http.server.request.duration` has them. */

/** Upper bounds in seconds: those that OpenTelemetry's conventions give. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

export interface ServedRequest {
  readonly method: string;
  /** Of the route, e.g. `/api/traces/{traceId}`: never what a sender wrote, so that the series are bounded. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface TimeSeries extends Omit<ServedRequest, "seconds"> {
  /** Requests that took at most the bucket's seconds; the last are all. */
  readonly cumulative: readonly number[];
  readonly sumSeconds: number;
}

interface Series extends Omit<ServedRequest, "seconds"> {
  /** Requests by the first bucket that holds them; the last holds what is slower than all. */
  readonly counts: number[];
  sumSeconds: number;
}

export class RequestTimes {
  readonly #series = new Map<string, Series>();

  note({ method, route, status, seconds }: ServedRequest): void {
    const key = `${status} ${method} ${route}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { method, route, status, counts: Array.from({ length: BUCKETS.length + 1 }, () => 0), sumSeconds: 0 };
      this.#series.set(key, series);
    }
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    series.counts[bucket === -1 ? BUCKETS.length : bucket]! += 1;
    series.sumSeconds += seconds;
  }

  list(): readonly TimeSeries[] {
    return [...this.#series.values()].map(({ counts, ...series }) => {
      let sum = 0;
      return { ...series, cumulative: counts.map((count) => (sum += count)) };
    });
  }
}
