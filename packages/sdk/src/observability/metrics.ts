import type { TracerStats } from "../contract/account.ts";
import { EVERSPAN_VERSION } from "../contract/version.ts";
import type { PipelineObserver } from "../delivery/pipeline-options.ts";
import type { AttemptInstruments, Meter } from "./instruments.ts";
import { API } from "./otel-api.ts";

interface MeterProvider {
  getMeter(name: string, version: string): Meter;
}

/**
 * The tracer's account as OpenTelemetry metrics, once the application has registered a meter provider: it may do so
 * after the tracer was made, so it is looked for at each attempt until it is there. The instruments are loaded then.
 */
export class TracerMetrics implements PipelineObserver {
  readonly #stats: () => TracerStats;
  #instruments: Promise<AttemptInstruments> | undefined;

  constructor(stats: () => TracerStats) {
    this.#stats = stats;
  }

  async attemptEnded(...attempt: Parameters<AttemptInstruments["record"]>): Promise<void> {
    try {
      this.#instruments ??= this.#load();
      (await this.#instruments)?.record(...attempt);
    } catch {
      // A meter that fails is the application's; delivery goes on without it.
    }
  }

  #load(): Promise<AttemptInstruments> | undefined {
    const provider = (globalThis as { [API]?: { metrics?: MeterProvider } })[API]?.metrics;
    if (provider === undefined) return undefined;
    return import("./instruments.ts").then(
      ({ AttemptInstruments }) => new AttemptInstruments(provider.getMeter("everspan", EVERSPAN_VERSION), this.#stats),
    );
  }
}
