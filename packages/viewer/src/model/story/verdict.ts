/** The ten-second answer about a run: what it failed with, where its time and money went, what is missing of it. */
import type { ProducerSummary } from "@everspan/protocol";
import { formatCost, formatCount, formatDuration, formatExactCount, plural } from "../text/format.ts";
import { singleLine } from "../text/hostile-text.ts";
import { durationOf, ownsUsage } from "../trace/span-groups.ts";
import { spanKind } from "../trace/span-kind.ts";
import type { SpanNode, SpanTree } from "../trace/span-tree.ts";
import type { Story } from "./story.ts";

export interface VerdictLine {
  readonly kind: "failure" | "loss" | "time" | "money";
  readonly text: string;
  /** In smaller words: where. */
  readonly where?: string;
  /** The node that it is about. */
  readonly nodeIndex?: number;
}

const MAX_PATH = 4;
const OUTSIDE = "outside the recorded calls";

export function verdictOf(tree: SpanTree, story: Story, losses: readonly string[]): readonly VerdictLine[] {
  return [failure(tree, story), loss(losses), time(tree, story), money(tree, story)].filter(
    (line) => line !== undefined,
  );
}

/** Records that the run's processes had to drop, as far as they said so. */
export function droppedRecords(producers: readonly ProducerSummary[]): number {
  return producers.reduce(
    (sum, { ledger }) => sum + Object.values(ledger?.dropped ?? {}).reduce((total, count) => total + count, 0),
    0,
  );
}

/** What is missing of a run, a clause each. */
export function lossesOf(tree: SpanTree, producers: readonly ProducerSummary[]): readonly string[] {
  const dropped = droppedRecords(producers);
  const orphans = tree.nodes.filter(({ misplacement }) => misplacement === "orphan");
  const hasRoot = tree.nodes.some(({ depth, misplacement }) => depth === 0 && misplacement === null);
  const parents = new Set(orphans.map(({ span }) => span.parentId));
  return [
    ...(dropped > 0 ? [`${plural(dropped, "record")} dropped by its processes`] : []),
    ...(hasRoot || tree.nodes.length === 0 ? [] : ["the span that began it did not arrive"]),
    ...(orphans.length > 0
      ? [`${plural(parents.size, "parent span")} missing, above ${plural(orphans.length, "span")}`]
      : []),
  ];
}

function failure(tree: SpanTree, story: Story): VerdictLine | undefined {
  const [first] = tree.causeIndexes;
  if (first === undefined) return undefined;
  const node = tree.nodes[first]!;
  const { error } = node.span;
  const what = error === undefined ? "Failed" : [error.type, error.message].filter(Boolean).join(": ");
  const more = tree.causeIndexes.length - 1;
  return {
    kind: "failure",
    text: `${singleLine(what, 240)}${more > 0 ? ` (and ${plural(more, "more error")})` : ""}`,
    where: whereIs(tree, story, node),
    nodeIndex: first,
  };
}

function loss(losses: readonly string[]): VerdictLine | undefined {
  return losses.length === 0 ? undefined : { kind: "loss", text: `Incomplete: ${losses.join("; ")}` };
}

function time(tree: SpanTree, story: Story): VerdictLine | undefined {
  const totals = new Map<string, number>();
  let sum = 0;
  for (const node of tree.nodes) {
    const label = timeLabel(node);
    totals.set(label, (totals.get(label) ?? 0) + node.selfMs);
    sum += node.selfMs;
  }
  const top = [...totals].sort(([, a], [, b]) => b - a)[0];
  const work = tree.nodes.filter((node) => isWork(node));
  // Of what the time went to, so that both halves of the line speak of the same.
  const ofTop = work.filter((node) => timeLabel(node) === top?.[0]);
  const longest = greatest(ofTop.length > 0 ? ofTop : work, (node) => durationOf(node, tree));
  if (longest === undefined || top === undefined || sum <= 0) return undefined;
  return {
    kind: "time",
    text: `${Math.round((top[1] / sum) * 100)} % of the time ${top[0] === OUTSIDE ? OUTSIDE : `in ${top[0]}`}`,
    where: `longest: ${whereIs(tree, story, longest)}, ${formatDuration(durationOf(longest, tree))}`,
    nodeIndex: longest.index,
  };
}

/** Spans in which something was done or waited for, not those that hold the others together. */
function isWork(node: SpanNode): boolean {
  const kind = spanKind(node.span.type);
  return kind === "model" || kind === "tool" || kind === "retrieval" || (node.childCount === 0 && node.depth > 0);
}

function timeLabel(node: SpanNode): string {
  const kind = spanKind(node.span.type);
  if (kind === "model") return singleLine(node.span.model?.split("/").at(-1) ?? "model calls", 60);
  if (kind === "tool") return `${singleLine(node.span.name, 60)} (tool)`;
  return node.childCount > 0 ? OUTSIDE : singleLine(node.span.name, 60);
}

/** Of spans those that hold no other of them: an agent that states the sum of its calls is none of them. */
function innermost(tree: SpanTree, nodes: readonly SpanNode[]): readonly SpanNode[] {
  const holders = new Set<number>();
  for (const { parentIndex } of nodes) {
    for (let at = parentIndex; at >= 0 && !holders.has(at); at = tree.nodes[at]!.parentIndex) holders.add(at);
  }
  return nodes.filter(({ index }) => !holders.has(index));
}

function money(tree: SpanTree, story: Story): VerdictLine | undefined {
  const priced = innermost(tree, tree.nodes.filter(ownsUsage));
  const dearest =
    greatest(priced, (node) => node.span.costUsd ?? 0) ??
    greatest(priced, (node) => (node.span.inputTokens ?? 0) + (node.span.outputTokens ?? 0));
  if (dearest === undefined || priced.length < 2) return undefined;
  const { inputTokens, outputTokens, costUsd } = dearest.usage;
  const share = costUsd > 0 ? formatCost(costUsd) : `${formatExactCount(inputTokens + outputTokens)} tokens`;
  return {
    kind: "money",
    text: `${costUsd > 0 ? "Most expensive" : "Most tokens"}: ${whereIs(tree, story, dearest)}, ${share}`,
    where: `${formatCount(inputTokens)} tokens in, ${formatCount(outputTokens)} out`,
    nodeIndex: dearest.index,
  };
}

/** `step 7 · search flights › GET /offers`: the step, and the way down to the span. */
function whereIs(tree: SpanTree, story: Story, node: SpanNode): string {
  const names: string[] = [];
  let step: number | undefined;
  for (let at: SpanNode | undefined = node; at !== undefined; at = tree.nodes[at.parentIndex]) {
    step ??= story.stepOfNode.get(at.index);
    if (at.depth > 0 || names.length === 0) names.unshift(singleLine(at.span.name, 60) || "Unnamed");
  }
  const way = names.length > MAX_PATH ? [names[0]!, "…", ...names.slice(-2)] : names;
  return `${step === undefined ? "" : `step ${step} · `}${way.join(" › ")}`;
}

function greatest(nodes: readonly SpanNode[], read: (node: SpanNode) => number): SpanNode | undefined {
  let found: SpanNode | undefined;
  let most = 0;
  for (const node of nodes) {
    const value = read(node);
    if (value <= most) continue;
    most = value;
    found = node;
  }
  return found;
}
