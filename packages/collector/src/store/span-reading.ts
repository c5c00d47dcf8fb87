/** What the store keeps of a span beside what its sender says of it in fields: read out of its payloads when it is written. */
import { type SpanSnapshot, type SpanType, type TokenUsage, tokenUsageOf } from "@everspan/protocol";
import { deriveColumns, type SpanKind } from "@everspan/reading";
import type { SpanReading } from "./trace-tally.ts";

export interface DerivedSpan {
  readonly usage: TokenUsage;
  readonly reading: SpanReading;
}

/** Beyond these a figure is not believed: sums must stay exact. */
const MAX_TOKENS = 1e12;
const MAX_COST_USD = 1e9;
const MAX_MODEL_CHARACTERS = 256;
/** Tags of one span. */
const MAX_TAGS = 16;

export function deriveSpan(snapshot: SpanSnapshot): DerivedSpan {
  const columns = deriveColumns(snapshot);
  const stated = tokenUsageOf(snapshot);
  const model = columns.model ?? stated.model;
  const inputTokens = columns.usage?.inputTokens ?? stated.inputTokens;
  const outputTokens = columns.usage?.outputTokens ?? stated.outputTokens;
  const costUsd = columns.usage?.costUsd ?? stated.costUsd;
  return {
    usage: {
      ...(model !== undefined && { model: model.slice(0, MAX_MODEL_CHARACTERS) }),
      ...(inputTokens !== undefined && { inputTokens: Math.min(inputTokens, MAX_TOKENS) }),
      ...(outputTokens !== undefined && { outputTokens: Math.min(outputTokens, MAX_TOKENS) }),
      ...(costUsd !== undefined && { costUsd: Math.min(costUsd, MAX_COST_USD) }),
    },
    reading: readingOf(snapshot, columns),
  };
}

function readingOf(snapshot: SpanSnapshot, columns: ReturnType<typeof deriveColumns>): SpanReading {
  const { kind, session, user, environment, tags, responseId, asked, answered } = columns;
  // Previews are a trace's, and its root tells them.
  const isRoot = snapshot.parentId === undefined;
  return {
    ...(kind !== kindOfType(snapshot.type) && { kind }),
    ...(kind === "tool" && { tool: snapshot.name }),
    ...(session !== undefined && { session }),
    ...(user !== undefined && { user }),
    ...(environment !== undefined && { environment }),
    ...(tags.length > 0 && { tags: tags.slice(0, MAX_TAGS) }),
    ...(responseId !== undefined && { responseId: responseId.slice(0, MAX_MODEL_CHARACTERS) }),
    ...(isRoot && asked !== undefined && { asked }),
    ...(isRoot && answered !== undefined && { answered }),
  };
}

const KINDS: Readonly<Partial<Record<SpanType, SpanKind>>> = {
  COMPLETION: "model",
  CODE_EXECUTION: "tool",
  AGENT_WORKFLOW: "agent",
};

/** What a span of this type almost always is: then its kind is not stored. */
export function kindOfType(type: SpanType): SpanKind {
  return KINDS[type] ?? "other";
}
