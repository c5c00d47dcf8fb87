/** Measures the process that serves: how long requests take, and how late its event loop is. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessFigures } from "./metrics.ts";
import { RequestTimes, type ServedRequest } from "./request-times.ts";

const LOOP_DELAY_RESOLUTION_MS = 10;

export class ProcessMeter {
  readonly #times = new RequestTimes();
  readonly #loopDelay: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });

  constructor() {
    this.#loopDelay.enable();
  }

  note(served: ServedRequest): void {
    this.#times.note(served);
  }

  /** @param rest what others count */
  read(rest: Omit<ProcessFigures, "requests" | "loopDelay">): ProcessFigures {
    return { ...rest, requests: this.#times.list(), loopDelay: this.#loopDelay };
  }

  close(): void {
    this.#loopDelay.disable();
  }
}
