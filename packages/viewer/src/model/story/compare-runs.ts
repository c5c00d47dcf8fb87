/**
 * Two runs step by step: steps are alike when they called the same tools with the same arguments, and are aligned by
 * their longest common order; where the runs part first is the headline.
 */
import { isDeepEqual, type Message, plainText } from "@everspan/reading";
import { repliesOf } from "../said/reading.ts";
import { argumentsLine } from "../said/tool-io.ts";
import { callsOf } from "../said/tool-join.ts";
import { ALL_OPEN } from "../trace/fold.ts";
import type { SpanNode, SpanTree } from "../trace/span-tree.ts";
import { type StoryRow, storyOf } from "./story.ts";

export interface ComparedStep {
  readonly number: number;
  readonly node: SpanNode;
  readonly said: string;
  /** `tool arguments`, a line each. */
  readonly calls: readonly string[];
}

export interface StepPair {
  readonly a: ComparedStep | null;
  readonly b: ComparedStep | null;
  readonly kind: "same" | "words" | "calls" | "only-a" | "only-b";
}

export interface RunComparison {
  readonly pairs: readonly StepPair[];
  /** Of the pairs: where they part first; -1 when they don't. */
  readonly firstDifference: number;
}

/** Longer runs are compared step by step as they stand: aligning takes the product of their lengths. */
const MAX_ALIGNED = 1200;

export function compareRuns(a: SpanTree, b: SpanTree): RunComparison {
  const pairs = align(stepsOf(a), stepsOf(b));
  return { pairs, firstDifference: pairs.findIndex(({ kind }) => kind !== "same" && kind !== "words") };
}

function stepsOf(tree: SpanTree): readonly ComparedStep[] {
  return storyOf(tree, ALL_OPEN)
    .rows.filter((row): row is Extract<StoryRow, { kind: "step" }> => row.kind === "step")
    .map(({ number, node, tools }) => {
      const replies = repliesOf(node.span);
      return { number, node, said: wordsOf(replies), calls: callLines(replies, tools) };
    });
}

function wordsOf(replies: readonly Message[]): string {
  return replies.map(plainText).filter(Boolean).join("\n");
}

/** From the reply; where it names no calls, from the spans of the tools that ran. */
function callLines(replies: readonly Message[], tools: readonly SpanNode[]): readonly string[] {
  const calls = callsOf(replies);
  if (calls.length > 0) return calls.map(({ name, arguments: given }) => `${name} ${argumentsLine(given)}`.trim());
  return tools.map(({ span }) => `${span.name} ${argumentsLine(span.input)}`.trim());
}

function align(a: readonly ComparedStep[], b: readonly ComparedStep[]): readonly StepPair[] {
  if (a.length > MAX_ALIGNED || b.length > MAX_ALIGNED) return pairedByNumber(a, b);
  const lengths = commonLengths(a, b);
  const pairs: StepPair[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (isAlike(a[i]!, b[j]!)) pairs.push(pairOf(a[i++]!, b[j++]!));
    else if (lengths[i + 1]![j]! > lengths[i]![j + 1]!) pairs.push({ a: a[i++]!, b: null, kind: "only-a" });
    else if (lengths[i + 1]![j]! < lengths[i]![j + 1]!) pairs.push({ a: null, b: b[j++]!, kind: "only-b" });
    else pairs.push({ a: a[i++]!, b: b[j++]!, kind: "calls" });
  }
  return [
    ...pairs,
    ...a.slice(i).map((step): StepPair => ({ a: step, b: null, kind: "only-a" })),
    ...b.slice(j).map((step): StepPair => ({ a: null, b: step, kind: "only-b" })),
  ];
}

function pairedByNumber(a: readonly ComparedStep[], b: readonly ComparedStep[]): readonly StepPair[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, index): StepPair => {
    const [left, right] = [a[index], b[index]];
    if (left === undefined) return { a: null, b: right!, kind: "only-b" };
    if (right === undefined) return { a: left, b: null, kind: "only-a" };
    return isAlike(left, right) ? pairOf(left, right) : { a: left, b: right, kind: "calls" };
  });
}

/** `lengths[i][j]`: how many steps from `i` and `j` on have a like one in the other run, in order. */
function commonLengths(a: readonly ComparedStep[], b: readonly ComparedStep[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = isAlike(a[i]!, b[j]!)
        ? lengths[i + 1]![j + 1]! + 1
        : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}

/** Steps without calls are alike: what they said is compared within the pair. */
function isAlike(a: ComparedStep, b: ComparedStep): boolean {
  return isDeepEqual(a.calls, b.calls);
}

function pairOf(a: ComparedStep, b: ComparedStep): StepPair {
  return { a, b, kind: a.said === b.said ? "same" : "words" };
}
