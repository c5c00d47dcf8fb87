import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import type { SpanEvent } from "./convention.ts";

/** Messages that came as events of a span, one each, as instrumentations did before messages were attributes. */

export interface EventMessage {
  readonly message: unknown;
  /** Place of the event among the span's. */
  readonly index: number;
}

export interface EventMessages {
  readonly input: readonly EventMessage[];
  readonly output: readonly EventMessage[];
  /** The tools that an event offers beside its messages. */
  readonly tools?: unknown;
  /** What events say beside their messages and tools, by their place. */
  readonly left: ReadonlyMap<number, JsonRecord>;
}

const ROLE_OF_EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;

export function eventMessages(events: readonly SpanEvent[]): EventMessages {
  const input: EventMessage[] = [];
  const output: EventMessage[] = [];
  const left = new Map<number, JsonRecord>();
  let tools: unknown;
  for (const [index, { name, attributes }] of events.entries()) {
    const role = ROLE_OF_EVENT.exec(name)?.[1];
    if (role !== undefined) input.push({ message: messageOf(role, attributes), index });
    else if (name === "gen_ai.choice") output.push({ message: choiceOf(attributes), index });
    else if (name === "gen_ai.content.prompt") input.push(...contentOf(attributes, "gen_ai.prompt", "user", index));
    else if (name === "gen_ai.content.completion") {
      output.push(...contentOf(attributes, "gen_ai.completion", "assistant", index));
    } else if (name === "gen_ai.client.inference.operation.details") {
      const details = detailsOf(attributes, index);
      input.push(...details.input);
      output.push(...details.output);
      tools ??= details.tools;
      left.set(index, details.left);
    }
  }
  return { input, output, left, ...(isEmpty(tools) ? {} : { tools }) };
}

const SYSTEM = "gen_ai.system_instructions";
const INPUT = "gen_ai.input.messages";
const OUTPUT = "gen_ai.output.messages";
const TOOLS = "gen_ai.tool.definitions";

/** One event with the whole call. */
function detailsOf(attributes: JsonRecord, index: number) {
  const { [SYSTEM]: system, [INPUT]: asked, [OUTPUT]: answered, [TOOLS]: offered, ...left } = attributes;
  const instructions = parsedIfJson(system);
  const first = isEmpty(instructions) ? [] : [{ message: { role: "system", content: instructions }, index }];
  const tools = parsedIfJson(offered);
  const isRead = [asked, answered].map(parsedIfJson).every((list) => isEmpty(list) || Array.isArray(list));
  return {
    input: [...first, ...listOf(attributes, INPUT, index)],
    output: listOf(attributes, OUTPUT, index),
    tools,
    left: isRead ? left : attributes,
  };
}

/** The message is the event's attributes, or stands in one of them. */
function messageOf(role: string, attributes: JsonRecord): unknown {
  const body = asRecord(parsedIfJson(attributes.body ?? attributes["event.body"]));
  const { "gen_ai.system": _system, "gen_ai.provider.name": _provider, ...fields } = body ?? attributes;
  return { role, ...parsedFields(role === "tool" ? answering(fields) : fields) };
}

/** These events name the call that a result answers by its `id`. */
function answering(fields: JsonRecord): JsonRecord {
  const { id, ...others } = fields;
  return typeof id !== "string" || Object.hasOwn(fields, "tool_call_id") ? fields : { ...others, tool_call_id: id };
}

function choiceOf(attributes: JsonRecord): unknown {
  const body = asRecord(parsedIfJson(attributes.body ?? attributes["event.body"])) ?? attributes;
  const { index: _index, message, "gen_ai.system": _system, finish_reason, ...fields } = body;
  const said = parsedIfJson(message);
  const inner = asRecord(said) ?? (isEmpty(said) ? {} : { content: said });
  return {
    role: "assistant",
    ...parsedFields(fields),
    ...parsedFields(inner),
    ...(isEmpty(finish_reason) ? {} : { finish_reason }),
  };
}

function parsedFields(fields: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, parsedIfJson(value)]));
}

function contentOf(attributes: JsonRecord, name: string, role: string, index: number): readonly EventMessage[] {
  const value = parsedIfJson(attributes[name]);
  if (isEmpty(value)) return [];
  if (Array.isArray(value)) return value.map((message) => ({ message, index }));
  return [{ message: asRecord(value)?.role === undefined ? { role, content: value } : value, index }];
}

function listOf(attributes: JsonRecord, name: string, index: number): readonly EventMessage[] {
  const value = parsedIfJson(attributes[name]);
  return Array.isArray(value) ? value.map((message) => ({ message, index })) : [];
}
