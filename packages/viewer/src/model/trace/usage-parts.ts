/** A span's tokens in their parts: what went in and how much of it was cached, what came out and how much was thought. */

import { readingOf } from "../said/reading.ts";
import { formatExactCount } from "../text/format.ts";
import type { SpanNode } from "./span-tree.ts";

export interface UsagePart {
  readonly label: string;
  readonly count: number;
  readonly title: string;
}

export function usageParts(node: SpanNode): readonly UsagePart[] {
  const read = readingOf(node.span).usage;
  const input = node.usage.inputTokens || (read?.inputTokens ?? 0);
  const output = node.usage.outputTokens || (read?.outputTokens ?? 0);
  const of = (total: number, what: string) => `Of ${formatExactCount(total)} tokens ${what}`;
  const parts: readonly UsagePart[] = [
    { label: "Tokens in", count: input, title: "All that was sent, cached or not" },
    { label: "Cached", count: read?.cacheReadTokens ?? 0, title: of(input, "in, those read from a cache") },
    { label: "Cache written", count: read?.cacheWriteTokens ?? 0, title: of(input, "in, those written to a cache") },
    { label: "Tokens out", count: output, title: "All that was answered, thought or said" },
    { label: "Reasoning", count: read?.reasoningTokens ?? 0, title: of(output, "out, those thought and not said") },
  ];
  return parts.filter(({ count }) => count > 0);
}
