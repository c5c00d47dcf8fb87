import type { PipelineObserver } from "../delivery/pipeline.ts";
import type { TracerStats } from "../delivery/stats.ts";
import { EVERSPAN_VERSION } from "../version.ts";
import type { AttemptInstruments, Meter } from "./instruments.ts";

/** The global of `@opentelemetry/api`, read as in `otel-api.ts`. */
const API = Symbol.for("opentelemetry.js.api.1");

interface MeterProvider {
  getMeter(name: string, version: string): Meter;
}

type Attempt = Parameters<AttemptInstruments["record"]>;

/**
 * The tracer's account as OpenTelemetry metrics, once the application has registered a meter provider: it may do so
 * after the tracer was made, so it is looked for at each attempt until it is there. The instruments are loaded then.
 */
export class TracerMetrics implements PipelineObserver {
  readonly #stats: () => TracerStats;
  #isLoading = false;
  #instruments: AttemptInstruments | undefined;
  /** Attempts that ended while the instruments were being loaded. */
  #early: Attempt[] = [];

  constructor(stats: () => TracerStats) {
    this.#stats = stats;
  }

  attemptEnded(...attempt: Attempt): void {
    if (this.#instruments !== undefined) {
      this.#record(attempt);
      return;
    }
    const provider = registeredProvider();
    if (provider === undefined) return;
    this.#early.push(attempt);
    if (!this.#isLoading) void this.#load(provider);
  }

  async #load(provider: MeterProvider): Promise<void> {
    this.#isLoading = true;
    try {
      const { AttemptInstruments, observeStats } = await import("./instruments.ts");
      const meter = provider.getMeter("everspan", EVERSPAN_VERSION);
      observeStats(meter, this.#stats);
      this.#instruments = new AttemptInstruments(meter);
      for (const attempt of this.#early.splice(0)) this.#record(attempt);
    } catch {
      // A meter that fails is the application's; delivery goes on without it.
      this.#early = [];
    }
  }

  #record(attempt: Attempt): void {
    try {
      this.#instruments?.record(...attempt);
    } catch {
      // As above.
    }
  }
}

function registeredProvider(): MeterProvider | undefined {
  return ((globalThis as Record<symbol, unknown>)[API] as { metrics?: MeterProvider } | undefined)?.metrics;
}
