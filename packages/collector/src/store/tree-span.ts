/** What the tree asks of a span, out of what its summary is told. */
import { kindOf, type SpanFacts } from "./trace-tally.ts";
import type { TreeSpan } from "./tree-facts.ts";

export function treeSpanOf(facts: SpanFacts): TreeSpan {
  const { spanId, parentId, status, inputTokens, outputTokens, costUsd, reading } = facts;
  return {
    id: spanId,
    parentId,
    kind: kindOf(facts),
    failed: status === "ERROR",
    inputTokens,
    outputTokens,
    costUsd: costUsd ?? 0,
    ...(reading.responseId !== undefined && { responseId: reading.responseId }),
  };
}
