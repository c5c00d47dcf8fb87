import type { SpanSnapshot } from "@everspan/protocol";

/** Called once for the start of a span and once for its end, in this order. The plural forms are used where present. */
export interface LegacySpanProcessor {
  onSpanStart?(span: SpanSnapshot): unknown;
  onSpanEnd?(span: SpanSnapshot): unknown;
  onSpansStart?(spans: readonly SpanSnapshot[]): unknown;
  onSpansEnd?(spans: readonly SpanSnapshot[]): unknown;
  shutdown?(): unknown;
}
