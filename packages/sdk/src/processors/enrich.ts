import type { SpanSnapshot } from "@everspan/protocol";
import type { SpanProcessor } from "./span-processor.ts";

/**
 * Adds the same fields to the `data` of every span: an environment, a region, a release. What a span says itself stands.
 *
 * @param additions the fields, or a function that gives them for a span; undefined adds nothing
 */
export function enrich(
  additions: Readonly<Record<string, unknown>> | ((snapshot: SpanSnapshot) => Record<string, unknown> | undefined),
): SpanProcessor {
  const additionsFor = typeof additions === "function" ? additions : () => additions;
  return (snapshot) => {
    const added = additionsFor(snapshot);
    return added === undefined ? snapshot : { ...snapshot, data: { ...added, ...snapshot.data } };
  };
}
