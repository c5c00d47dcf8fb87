/** A step's tool calls beside the spans of the tools that answered them: by call id, else by name and arguments, else by name. */
import type { StoredSpan } from "@everspan/protocol";
import { isDeepEqual, type Message, type ToolCallPart } from "@everspan/reading";
import { asRecord, parsedIfJson, unwrapped } from "../json/json-shape.ts";
import type { SpanNode } from "../trace/span-tree.ts";
import { readingOf } from "./reading.ts";

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

const MATCHES: readonly ((call: ToolCallPart, span: StoredSpan) => boolean)[] = [
  (call, span) => call.callId !== null && readingOf(span).tool?.callId === call.callId,
  (call, span) => isNamedLike(call, span) && isDeepEqual(argumentsOf(span.input), parsedIfJson(call.arguments)),
  isNamedLike,
  // A shell that calls itself otherwise than the model does: then the order is what is left.
  (call, span) => holds(argumentsOf(span.input), parsedIfJson(call.arguments)),
];

function isNamedLike(call: ToolCallPart, span: StoredSpan): boolean {
  const name = (readingOf(span).tool?.name ?? span.name).toLowerCase();
  const wanted = call.name.toLowerCase();
  return name === wanted || name.endsWith(` ${wanted}`) || name.endsWith(`.${wanted}`) || name.startsWith(`${wanted} `);
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
