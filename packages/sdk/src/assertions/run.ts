import { AssertionError } from "node:assert";
import type { SpanSnapshot } from "@everspan/protocol";

/** What was recorded: spans, or what keeps them, such as a `MemoryExporter` once its tracer was flushed. */
export type Run = readonly SpanSnapshot[] | { spans(): readonly SpanSnapshot[] };

/** The spans as they began. @throws AssertionError when there are none: what says nothing of a run proves nothing */
export function spansOf(run: Run): readonly SpanSnapshot[] {
  const spans = Array.isArray(run) ? (run as readonly SpanSnapshot[]) : (run as { spans(): [] }).spans();
  if (spans.length === 0) throw failure("expected the spans of a run, got none: was the tracer flushed before?");
  const order = new Map(spans.map((span, index) => [span, index]));
  return [...spans].sort((a, b) => compare(a.startTime, b.startTime) || order.get(a)! - order.get(b)!);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function failure(message: string, values: { actual?: unknown; expected?: unknown } = {}): AssertionError {
  return new AssertionError({ message, operator: "everspan", ...values });
}
