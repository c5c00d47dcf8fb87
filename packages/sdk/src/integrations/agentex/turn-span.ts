import type { Span } from "../../recording/span/span.ts";
import { isUnbilled, type TurnUsage, usageData, type WireUsage } from "./turn-usage.ts";

/** The span of one turn of an agent, on which its usage is recorded as the sum that is billed. */
export class TurnSpan {
  /** The span itself; one that records nothing when the trace id was empty. */
  readonly span: Span;
  readonly #warn: (message: string) => void;

  constructor(span: Span, warn: (message: string) => void) {
    this.span = span;
    this.#warn = warn;
  }

  get output(): unknown {
    return this.span.output;
  }

  set output(value: unknown) {
    this.span.output = value;
  }

  /**
   * Records what this turn used in `data.usage` and `data.cost_usd`: this turn's own counts, not the sum of a session.
   * A later call replaces the earlier one. A usage without any name that the back end bills is recorded all the same, and
   * said once as a warning.
   */
  recordUsage(usage?: TurnUsage | WireUsage | null, costUsd?: number | null): void {
    if (!this.span.isRecording) return;
    const data = usageData(usage, costUsd);
    if (isUnbilled(data)) {
      const names = Object.keys(data.usage ?? {}).sort();
      this.#warn(
        `recordUsage: none of ${names.join(", ")} is a count that is billed, e.g. input_tokens, output_tokens`,
      );
    }
    this.span.setData({ ...data });
  }
}
