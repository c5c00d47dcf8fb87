/**
 * What a trace's tree says and no span alone: which failures are causes, and which usage counts.
 *
 * - A failed span is a cause when no span below it failed: one fault that passes through four spans counts once.
 * - Usage counts once. A span with usage counts unless one below it has some: a turn that sums its model calls, and a
 *   model call that wraps another, repeat what was said. Usage of one response id counts once.
 *
 * Pure. A parent that is not there, or that leads back to its own child, ends the way up.
 */

export interface TreeSpan {
  readonly id: string;
  readonly parentId: string | null;
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
}

const MAX_SUM = Number.MAX_SAFE_INTEGER;

export function treeFacts(spans: readonly TreeSpan[]): TreeFacts {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const hasFailureBelow = marked(byId, spans, (span) => span.failed);
  const hasTokensBelow = marked(byId, spans, hasTokens);
  const hasCostBelow = marked(byId, spans, (span) => span.costUsd > 0);
  const facts = { causes: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
  const seen = new Set<string>();
  // By id, so that of one response the same span counts whatever the order of arrival.
  for (const span of [...spans].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (span.failed && !hasFailureBelow.has(span.id)) facts.causes += 1;
    const isRepeated = span.responseId !== undefined && seen.has(span.responseId);
    if (isRepeated) continue;
    if (span.responseId !== undefined && (hasTokens(span) || span.costUsd > 0)) seen.add(span.responseId);
    if (hasTokens(span) && !hasTokensBelow.has(span.id)) {
      facts.inputTokens = Math.min(MAX_SUM, facts.inputTokens + span.inputTokens);
      facts.outputTokens = Math.min(MAX_SUM, facts.outputTokens + span.outputTokens);
    }
    if (span.costUsd > 0 && !hasCostBelow.has(span.id)) facts.costUsd = Math.min(MAX_SUM, facts.costUsd + span.costUsd);
  }
  return facts;
}

function hasTokens(span: TreeSpan): boolean {
  return span.inputTokens > 0 || span.outputTokens > 0;
}

/** Ids of the spans above one that fits. Each span is passed once: what lies above a marked one is marked already. */
function marked(
  byId: ReadonlyMap<string, TreeSpan>,
  spans: readonly TreeSpan[],
  fits: (span: TreeSpan) => boolean,
): ReadonlySet<string> {
  const above = new Set<string>();
  for (const span of spans) {
    if (!fits(span)) continue;
    let parent = span.parentId;
    while (parent !== null && parent !== span.id && byId.has(parent) && !above.has(parent)) {
      above.add(parent);
      parent = byId.get(parent)!.parentId;
    }
  }
  return above;
}
