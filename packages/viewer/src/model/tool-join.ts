/** A step's tool calls beside the spans of the tools that answered them: by call id, else by name and arguments, else by name. */
import type { StoredSpan } from "@everspan/protocol";
import { asRecord, type JsonRecord, parsedIfJson, stringAt, unwrapped } from "./conversation/json-shape.ts";
import type { Message, MessagePart } from "./conversation/message.ts";
import { isDeepEqual } from "./conversation/novelty.ts";
import type { SpanNode } from "./span-tree.ts";

export type ToolCallPart = Extract<MessagePart, { kind: "toolCall" }>;

export interface ToolUse {
  /** Null: a tool ran that the reply did not ask for, as far as it was recorded. */
  readonly call: ToolCallPart | null;
  /** Null: no span of it was recorded. */
  readonly node: SpanNode | null;
}

export function callsOf(messages: readonly Message[]): readonly ToolCallPart[] {
  return messages.flatMap(({ parts }) => parts.filter((part): part is ToolCallPart => part.kind === "toolCall"));
}

/** In the order of the spans, calls without one after them. */
export function joinTools(calls: readonly ToolCallPart[], nodes: readonly SpanNode[]): readonly ToolUse[] {
  const open = new Set(calls);
  const joined = new Map<SpanNode, ToolCallPart>();
  for (const matches of MATCHES) {
    for (const node of nodes) {
      if (joined.has(node)) continue;
      const call = [...open].find((candidate) => matches(candidate, node.span));
      if (call === undefined) continue;
      open.delete(call);
      joined.set(node, call);
    }
  }
  return [
    ...nodes.map((node) => ({ call: joined.get(node) ?? null, node })),
    ...[...open].map((call) => ({ call, node: null })),
  ];
}

const CALL_ID_KEYS = ["gen_ai.tool.call.id", "tool_call_id", "toolCallId", "call_id", "callId", "ai.toolCall.id", "id"];

const MATCHES: readonly ((call: ToolCallPart, span: StoredSpan) => boolean)[] = [
  (call, span) => call.callId !== null && [span.data, span.input].some((payload) => hasCallId(payload, call.callId!)),
  (call, span) => isNamedLike(call, span) && isDeepEqual(argumentsOf(span.input), parsedIfJson(call.arguments)),
  isNamedLike,
  // A shell that calls itself otherwise than the model does: then the order is what is left.
  (call, span) => holds(argumentsOf(span.input), parsedIfJson(call.arguments)),
];

function isNamedLike(call: ToolCallPart, span: StoredSpan): boolean {
  const name = span.name.toLowerCase();
  const wanted = call.name.toLowerCase();
  return name === wanted || name.endsWith(` ${wanted}`) || name.endsWith(`.${wanted}`) || name.startsWith(`${wanted} `);
}

function hasCallId(payload: unknown, callId: string): boolean {
  const record = asRecord(parsedIfJson(unwrapped(payload)));
  return record !== undefined && CALL_ID_KEYS.some((key) => record[key] === callId);
}

function argumentsOf(input: unknown): unknown {
  const payload = parsedIfJson(unwrapped(input));
  const record = asRecord(payload);
  return record === undefined ? payload : (asRecord(parsedIfJson(record.arguments ?? record.args)) ?? record);
}

/** Every argument of the call stands in the span's input. */
function holds(input: unknown, wanted: unknown): boolean {
  const [given, asked] = [asRecord(input), asRecord(wanted)];
  if (given === undefined || asked === undefined) return false;
  const keys = Object.keys(asked);
  return keys.length > 0 && keys.every((key) => isDeepEqual(given[key], asked[key]));
}

/** The id by which a span answers a call, when its payloads say so. */
export function callIdOf(span: StoredSpan): string | undefined {
  return stringAt(asRecord(span.data) as JsonRecord | undefined, ...CALL_ID_KEYS.slice(0, -1));
}
