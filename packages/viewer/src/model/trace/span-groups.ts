/** A run's spans by name and type: how many, how long, how dear. What the Table shows. */
import type { SpanNode, SpanTree } from "./span-tree.ts";
import { NO_USAGE } from "./usage.ts";

export interface SpanGroup {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  /** In order of time. */
  readonly indexes: readonly number[];
  readonly count: number;
  readonly totalMs: number;
  readonly selfMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly errorCount: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export type GroupSortKey =
  | "name"
  | "count"
  | "totalMs"
  | "selfMs"
  | "p50Ms"
  | "p95Ms"
  | "tokens"
  | "costUsd"
  | "errorCount";

export function spanGroups(tree: SpanTree): SpanGroup[] {
  const groups = new Map<string, SpanNode[]>();
  for (const node of tree.nodes) {
    const key = `${node.span.type}\u0000${node.span.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return [...groups].map(([key, nodes]) => groupOf(key, nodes, tree));
}

function groupOf(key: string, nodes: readonly SpanNode[], tree: SpanTree): SpanGroup {
  const durations = nodes.map((node) => durationOf(node, tree)).sort((a, b) => a - b);
  const sum = (read: (node: SpanNode) => number) => nodes.reduce((total, node) => total + read(node), 0);
  // A span with children shows the sum of theirs; only its own counts here, else it would count twice.
  const own = (node: SpanNode) => (ownsUsage(node) ? node.usage : NO_USAGE);
  return {
    key,
    name: nodes[0]!.span.name,
    type: nodes[0]!.span.type,
    indexes: nodes.map(({ index }) => index),
    count: nodes.length,
    totalMs: durations.reduce((total, ms) => total + ms, 0),
    selfMs: sum(({ selfMs }) => selfMs),
    p50Ms: quantile(durations, 0.5),
    p95Ms: quantile(durations, 0.95),
    maxMs: durations.at(-1) ?? 0,
    errorCount: sum(({ span }) => (span.status === "ERROR" ? 1 : 0)),
    inputTokens: sum((node) => own(node).inputTokens),
    outputTokens: sum((node) => own(node).outputTokens),
    costUsd: sum((node) => own(node).costUsd),
  };
}

export function ownsUsage({ span }: SpanNode): boolean {
  return (span.inputTokens ?? 0) > 0 || (span.outputTokens ?? 0) > 0 || (span.costUsd ?? 0) > 0;
}

export function durationOf(node: SpanNode, tree: SpanTree): number {
  return Math.max(0, (node.endMs ?? tree.endMs) - node.startMs);
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return 0;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))]!;
}

export function sortedGroups(groups: readonly SpanGroup[], key: GroupSortKey, isDescending: boolean): SpanGroup[] {
  const figureOf = (group: SpanGroup) => (key === "tokens" ? group.inputTokens + group.outputTokens : group[key]);
  const sorted = [...groups].sort((a, b) => {
    const [left, right] = [figureOf(a), figureOf(b)];
    return typeof left === "string" || typeof right === "string"
      ? String(left).localeCompare(String(right))
      : left - right || a.name.localeCompare(b.name);
  });
  return isDescending ? sorted.reverse() : sorted;
}
