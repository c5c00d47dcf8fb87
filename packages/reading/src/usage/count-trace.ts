import type { SpanKind } from "../form/span-reading.ts";
import type { TokenCounts, Usage } from "../form/usage.ts";
import { countOf } from "./count.ts";

/** What counting needs of a span. */
export interface CountableSpan {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly kind: SpanKind;
  readonly usage?: Usage | undefined;
  /** What it cost in US dollars, by the sender or by a price table. */
  readonly costUsd?: number | undefined;
  readonly responseId?: string | undefined;
}

export interface TraceCount {
  /** Sums over the spans that count. */
  readonly usage: TokenCounts;
  readonly costUsd?: number;
  /** Ids of the spans whose usage is in the sums. */
  readonly counted: ReadonlySet<string>;
  /** Spans that state usage and don't count, because another one reports the same calls. */
  readonly repeated: number;
}

/**
 * Each call of a model once, however many layers report it:
 * - A model call inside a model call is the same call, unless a tool, an agent or a retrieval lies between. The outer
 *   one counts, unless the inner ones say more (an outer one that tells of its last step only).
 * - Any other span that states usage (an agent's run, a turn) sums its children: it counts only when nothing below
 *   it does.
 * - Of spans with one response id the one that says most counts.
 *
 * Linear in the number of spans, whatever their depth; a cycle of parents is cut.
 */
export function countTrace(spans: readonly CountableSpan[]): TraceCount {
  const nodes = preorder(spans);
  const counts = countUp(nodes);
  coverDown(nodes, counts);
  dropRepeatedResponses(nodes, counts);
  const counted = nodes.filter((_node, i) => counts[i]!.isCounted).map(({ span }) => span);
  const stated = nodes.filter(({ span }) => totalOf(span) > 0).length;
  const costUsd = costOf(nodes, counted);
  return {
    usage: sumUsages(counted.map((span) => span.usage)),
    ...(costUsd === undefined ? {} : { costUsd }),
    counted: new Set(counted.map((span) => span.id)),
    repeated: stated - counted.filter((span) => totalOf(span) > 0).length,
  };
}

interface Node {
  readonly span: CountableSpan;
  /** Place of the parent in the list; -1 for a root. */
  readonly parent: number;
}

interface Counting {
  isCounted: boolean;
  /** Tokens that count in this subtree and belong to the call that its root is part of. */
  sameCall: number;
  hasCounted: boolean;
}

/** Parents before children. */
function preorder(spans: readonly CountableSpan[]): readonly Node[] {
  const ids = new Map(spans.map((span) => [span.id, span]));
  const children = new Map<string, CountableSpan[]>();
  const roots: CountableSpan[] = [];
  for (const span of ids.values()) {
    const { parentId } = span;
    if (parentId === undefined || parentId === span.id || !ids.has(parentId)) roots.push(span);
    else children.set(parentId, pushed(children.get(parentId), span));
  }
  const nodes: Node[] = [];
  const seen = new Set<string>();
  const visit = (root: CountableSpan) => {
    const pending: Node[] = [{ span: root, parent: -1 }];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (seen.has(node.span.id)) continue;
      seen.add(node.span.id);
      const parent = nodes.push(node) - 1;
      for (const span of children.get(node.span.id)?.toReversed() ?? []) pending.push({ span, parent });
    }
  };
  roots.forEach(visit);
  // What is left hangs in cycles of parents.
  for (const span of ids.values()) if (!seen.has(span.id)) visit(span);
  return nodes;
}

function pushed<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}

function countUp(nodes: readonly Node[]): readonly Counting[] {
  const counts = nodes.map((): Counting => ({ isCounted: false, sameCall: 0, hasCounted: false }));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { span, parent } = nodes[i]!;
    const count = counts[i]!;
    const own = totalOf(span);
    if (own > 0 || span.costUsd !== undefined) decide(span, own, count);
    if (parent < 0) continue;
    const above = counts[parent]!;
    above.hasCounted ||= count.hasCounted;
    if (!isBoundary(span.kind)) above.sameCall += count.sameCall;
  }
  return counts;
}

function decide(span: CountableSpan, own: number, count: Counting): void {
  const counts = isModel(span.kind) ? count.sameCall <= own : !count.hasCounted;
  if (!counts) return;
  count.isCounted = true;
  count.hasCounted = true;
  count.sameCall = own;
}

/** What lies under a counted model call is that call, as far as no tool or agent begins a new one. */
function coverDown(nodes: readonly Node[], counts: readonly Counting[]): void {
  const covered = new Uint8Array(nodes.length);
  for (const [i, { span, parent }] of nodes.entries()) {
    if (parent >= 0 && !isBoundary(span.kind)) {
      const above = nodes[parent]!.span.kind;
      if (covered[parent] === 1 || (counts[parent]!.isCounted && isModel(above))) covered[i] = 1;
    }
    if (covered[i] === 1) counts[i]!.isCounted = false;
  }
}

function dropRepeatedResponses(nodes: readonly Node[], counts: readonly Counting[]): void {
  const best = new Map<string, number>();
  for (const [i, { span }] of nodes.entries()) {
    if (!counts[i]!.isCounted || span.responseId === undefined) continue;
    const other = best.get(span.responseId);
    if (other === undefined) best.set(span.responseId, i);
    else if (totalOf(nodes[other]!.span) >= totalOf(span)) counts[i]!.isCounted = false;
    else {
      counts[other]!.isCounted = false;
      best.set(span.responseId, i);
    }
  }
}

/** What the counted spans cost; when none of them says, what the spans above them say. */
function costOf(nodes: readonly Node[], counted: readonly CountableSpan[]): number | undefined {
  const known = counted.flatMap((span) => span.costUsd ?? []);
  if (known.length > 0) return known.reduce((sum, cost) => sum + cost, 0);
  const wrappers = nodes.filter(({ span }) => span.costUsd !== undefined);
  const places = new Set(wrappers.map(({ span }) => span.id));
  const topmost = wrappers.filter(({ parent }) => parent < 0 || !places.has(nodes[parent]!.span.id));
  return topmost.length === 0 ? undefined : topmost.reduce((sum, { span }) => sum + span.costUsd!, 0);
}

function isModel(kind: SpanKind): boolean {
  return kind === "model" || kind === "embedding";
}

function isBoundary(kind: SpanKind): boolean {
  return kind === "tool" || kind === "agent" || kind === "retrieval";
}

function totalOf({ usage }: CountableSpan): number {
  return (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
}

const FIELDS: readonly (keyof TokenCounts)[] = [
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "cacheWrite5mTokens",
  "cacheWrite30mTokens",
  "cacheWrite1hTokens",
  "cacheWrite12hTokens",
  "inputAudioTokens",
  "inputImageTokens",
  "reasoningTokens",
  "outputAudioTokens",
  "outputImageTokens",
  "acceptedPredictionTokens",
  "rejectedPredictionTokens",
];

/** Sums by field, cut at 2^53 - 1; a field that nobody states stays absent. */
export function sumUsages(usages: readonly (TokenCounts | undefined)[]): TokenCounts {
  const sums: Partial<Record<keyof TokenCounts, number>> = {};
  for (const usage of usages) {
    for (const field of FIELDS) {
      const count = usage?.[field];
      if (count !== undefined) sums[field] = countOf((sums[field] ?? 0) + count)!;
    }
  }
  return sums;
}
