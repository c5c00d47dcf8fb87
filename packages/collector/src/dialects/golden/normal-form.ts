/** What two captures of one model call must have in common, whatever sent them. */
import {
  type Message,
  type Part,
  readSpan,
  type SpanReading,
  type TokenCounts,
  type ToolDefinition,
} from "@everspan/reading";

/** A recorded exchange with a provider: what was asked and what came back, both as they went over the wire. */
export interface Exchange {
  readonly request: { readonly url: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: string };
}

/** The normal form of one call, without what only its place in a trace says. */
export interface NormalCall {
  readonly messages: unknown;
  readonly tools: unknown;
  readonly reply: unknown;
  readonly model: string | undefined;
  readonly usage: TokenCounts;
  readonly finish: string | undefined;
  readonly responseId: string | undefined;
}

export function normalCall(reading: SpanReading): NormalCall {
  const { input, output, call } = reading;
  return {
    messages: input.kind === "read" ? input.value.messages.map(said) : input.kind,
    tools: call.tools?.map(offered) ?? [],
    reply: output.kind === "read" ? output.value.messages.flatMap(({ parts }) => parts.map(sayable)) : output.kind,
    model: call.responseModel ?? call.requestModel,
    usage: countsOf(reading.usage),
    finish: call.finishReason === undefined ? undefined : (FINISHES[call.finishReason] ?? call.finishReason),
    responseId: call.responseId,
  };
}

/** The provider's own words: what the same call reads to when its bodies come over the native wire. */
export function providerCall(exchange: Exchange): NormalCall {
  const { request, response } = exchange;
  return normalCall(readSpan({ name: "call", type: "COMPLETION", input: request.body, output: response.body }));
}

/** Every sender keeps its own word for why a reply ended; no mapping loses nothing, so the form keeps them. */
const FINISHES: Readonly<Record<string, string>> = {
  stop: "stop",
  end_turn: "stop",
  completed: "stop",
  tool_calls: "tools",
  tool_call: "tools",
  "tool-calls": "tools",
  tool_use: "tools",
};

function said({ role, parts }: Message): unknown {
  return { role, parts: parts.map(sayable) };
}

/** A part without what only its sender adds (signatures, provider options, ids of items). */
function sayable(part: Part): unknown {
  if (part.kind === "unknown") return part;
  const { rest: _rest, ...own } = part;
  return own.kind === "toolResult" ? { ...own, content: own.content.map(sayable) } : own;
}

function offered({ name, description, parameters }: ToolDefinition): unknown {
  return { name, description, parameters };
}

/** A count of 0 beside the totals says no more than its absence. */
function countsOf(usage: SpanReading["usage"]): TokenCounts {
  const { costUsd: _cost, serviceTier: _tier, conflicts: _conflicts, ...counts } = usage ?? {};
  const known = Object.entries(counts).filter(([key, count]) => count !== 0 || /^(?:in|out)putTokens$/.test(key));
  return Object.fromEntries(known);
}
