/** In the place of `recording/trace-reading.ts`: the lean build reads nothing back. */
import type { SpanSnapshot } from "@everspan/protocol";

export class TraceReading {
  async getSpan(): Promise<SpanSnapshot | undefined> {
    return undefined;
  }

  async listSpans(): Promise<readonly SpanSnapshot[]> {
    return [];
  }
}
