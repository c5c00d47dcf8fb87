/**
 * What a trace's tree says and no span alone: which failures are causes, and which usage counts (`countTrace` of
 * `@everspan/reading`). A failed span is a cause when no span below it failed: one fault that passes through four spans
 * counts once.
 *
 * Pure. A parent that is not there, or that leads back to its own child, ends the way up.
 */
import { countTrace, type SpanKind } from "@everspan/reading";

export interface TreeSpan {
  readonly id: string;
  readonly parentId: string | null;
  readonly kind: SpanKind;
  readonly failed: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly responseId?: string;
}

export interface TreeFacts {
  readonly causes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Spans whose usage another one reports; absent in what an older version counted. */
  readonly repeatedReports?: number;
}

export function treeFacts(spans: readonly TreeSpan[]): TreeFacts {
  // In the order of the ids, so that the order of arrival decides nothing.
  const sorted = [...spans].sort((a, b) => (a.id < b.id ? -1 : 1));
  const { usage, costUsd, repeated } = countTrace(sorted.map(countable));
  return {
    causes: causesOf(sorted),
    inputTokens: bounded(usage.inputTokens),
    outputTokens: bounded(usage.outputTokens),
    costUsd: bounded(costUsd),
    repeatedReports: repeated,
  };
}

function countable({ id, parentId, kind, inputTokens, outputTokens, costUsd, responseId }: TreeSpan) {
  const hasTokens = inputTokens > 0 || outputTokens > 0;
  return {
    id,
    kind,
    ...(parentId !== null && { parentId }),
    ...(hasTokens && { usage: { inputTokens, outputTokens } }),
    ...(costUsd > 0 && { costUsd }),
    ...(responseId !== undefined && { responseId }),
  };
}

/** Each span is passed once: what lies above a marked one is marked already. */
function causesOf(spans: readonly TreeSpan[]): number {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const failedBelow = new Set<string>();
  const failed = spans.filter((span) => span.failed);
  for (const { id, parentId } of failed) {
    let parent = parentId;
    while (parent !== null && parent !== id && byId.has(parent) && !failedBelow.has(parent)) {
      failedBelow.add(parent);
      parent = byId.get(parent)!.parentId;
    }
  }
  return failed.filter((span) => !failedBelow.has(span.id)).length;
}

function bounded(sum = 0): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, sum));
}
