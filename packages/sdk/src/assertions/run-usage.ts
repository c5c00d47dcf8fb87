import { countsTowardTrace, type SpanSnapshot, tokenUsageOf } from "@everspan/protocol";
import { failure, type Run, spansOf } from "./run.ts";

export interface RunUsage {
  /** Requests to a model. Two spans of one response (a framework's and its client's) are one. */
  readonly modelCalls: number;
  /** Cached tokens included. */
  readonly inputTokens: number;
  /** Reasoning tokens included. */
  readonly outputTokens: number;
  /** US dollars, as far as spans say what they cost. */
  readonly costUsd: number;
  /** Model calls that say no tokens. */
  readonly callsWithoutTokens: number;
  /** Model calls that say no cost: few providers do. */
  readonly callsWithoutCost: number;
}

/** At most so much of each. */
export interface UsageLimits {
  readonly modelCalls?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Input and output together. */
  readonly totalTokens?: number;
  readonly costUsd?: number;
}

/** What a run used, as its spans say it. */
export function usageOf(run: Run): RunUsage {
  const responses = new Set<unknown>();
  const usage = {
    modelCalls: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    callsWithoutTokens: 0,
    callsWithoutCost: 0,
  };
  for (const span of spansOf(run)) {
    if (!countsTowardTrace(span)) continue;
    const responseId = span.data?.responseId ?? span.data?.["gen_ai.response.id"];
    if (responseId !== undefined && responses.has(responseId)) continue;
    responses.add(responseId);
    const { inputTokens, outputTokens, costUsd } = tokensOf(span);
    usage.inputTokens += inputTokens ?? 0;
    usage.outputTokens += outputTokens ?? 0;
    usage.costUsd += costUsd ?? 0;
    if (span.type !== "COMPLETION") continue;
    usage.modelCalls += 1;
    if (inputTokens === undefined || outputTokens === undefined) usage.callsWithoutTokens += 1;
    if (costUsd === undefined) usage.callsWithoutCost += 1;
  }
  return usage;
}

/** Google counts thoughts beside what was said, and by names that nobody else has. */
function tokensOf(span: SpanSnapshot): ReturnType<typeof tokenUsageOf> {
  const usage = span.data?.usage as Readonly<Record<string, unknown>> | null | undefined;
  const count = (name: string) => (typeof usage?.[name] === "number" ? (usage[name] as number) : 0);
  if (typeof usage?.total_input_tokens === "number") {
    return {
      inputTokens: count("total_input_tokens") + count("total_tool_use_tokens"),
      outputTokens: count("total_output_tokens") + count("total_thought_tokens"),
    };
  }
  if (typeof usage?.promptTokenCount !== "number") return tokenUsageOf(span);
  return {
    inputTokens: count("promptTokenCount") + count("toolUsePromptTokenCount"),
    outputTokens: count("candidatesTokenCount") + count("thoughtsTokenCount"),
  };
}

/**
 * @throws AssertionError that names each limit that was passed, and each that can't be told because a model call did not
 * say what it used
 */
export function assertUsageWithin(run: Run, limits: UsageLimits): void {
  const usage = usageOf(run);
  const used = { ...usage, totalTokens: usage.inputTokens + usage.outputTokens };
  const broken = Object.entries(limits).flatMap(([name, limit]) => {
    if (!(name in used)) throw failure(`expected a limit of ${Object.keys(used).join(", ")}; got ${name}`);
    const value = used[name as keyof UsageLimits];
    if (!(value <= limit)) return [`${name}: ${value}, at most ${limit}`];
    const unknown = name === "costUsd" ? usage.callsWithoutCost : name === "modelCalls" ? 0 : usage.callsWithoutTokens;
    return unknown === 0 ? [] : [`${name}: ${value} and more, ${unknown} of ${usage.modelCalls} model calls don't say`];
  });
  if (broken.length > 0) {
    throw failure(`expected the run to stay within its limits, but ${broken.join("; ")}`, {
      actual: used,
      expected: limits,
    });
  }
}
