import type { SpanType } from "@everspan/protocol";
import type { SpanKind } from "@everspan/reading";

const KINDS: Readonly<Partial<Record<SpanType, SpanKind>>> = {
  COMPLETION: "model",
  CODE_EXECUTION: "tool",
  AGENT_WORKFLOW: "agent",
};

/** What a span of this type almost always is: then its kind is not stored. */
export function kindOfType(type: SpanType): SpanKind {
  return KINDS[type] ?? "other";
}
