import { isJsonObject } from "../../payload/json-object.ts";
import { parseJsonText } from "./otlp-value.ts";

/**
 * Input and output of a foreign span: OTLP has no place for them, so each instrumentation has its own attributes. The
 * first that is there is taken and leaves the attributes; what only repeats it goes too.
 */
type Attributes = Record<string, unknown>;

interface PayloadNames {
  /** Attributes that hold the whole payload, as text, as JSON text or structured. */
  readonly whole: readonly string[];
  /** Attributes that hold a list of messages. */
  readonly messages: string;
  /** Lists of messages spread over attributes: `<prefix>.<index>.<field>`. */
  readonly spread: RegExp;
  readonly mimeType: string;
}

const INPUT: PayloadNames = {
  whole: [
    "input.value",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "gen_ai.tool.call.arguments",
    "ai.prompt",
    "ai.toolCall.args",
    "gen_ai.prompt",
  ],
  messages: "gen_ai.input.messages",
  spread: /^(?:gen_ai\.prompt|llm\.input_messages)\.(\d{1,4})\.(?:message\.)?(role|content|name|tool_call_id)$/,
  mimeType: "input.mime_type",
};

const OUTPUT: PayloadNames = {
  whole: [
    "output.value",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "gen_ai.tool.call.result",
    "ai.response.text",
    "ai.toolCall.result",
    "gen_ai.completion",
  ],
  messages: "gen_ai.output.messages",
  spread: /^(?:gen_ai\.completion|llm\.output_messages)\.(\d{1,4})\.(?:message\.)?(role|content|name|finish_reason)$/,
  mimeType: "output.mime_type",
};

/** A payload of ours: always under OpenInference's names, with its type. */
export function ownPayload(attributes: Readonly<Attributes>, field: "input" | "output"): unknown {
  const value = attributes[`${field}.value`];
  return attributes[`${field}.mime_type`] === "text/plain" ? value : parsePayload(value, "application/json");
}

/** Our `data`, which is one JSON object under OpenInference's name. */
export function ownData(attributes: Readonly<Attributes>): Record<string, unknown> | undefined {
  const data = parseJsonText(attributes.metadata);
  return isJsonObject(data) ? data : undefined;
}

/** Takes the input out of the attributes; undefined when there is none. */
export function takeInput(attributes: Attributes): unknown {
  return takePayload(attributes, INPUT);
}

/** Takes the output out of the attributes; undefined when there is none. */
export function takeOutput(attributes: Attributes): unknown {
  return takePayload(attributes, OUTPUT);
}

function takePayload(attributes: Attributes, names: PayloadNames): unknown {
  const whole = names.whole.find((name) => Object.hasOwn(attributes, name));
  const messages = take(attributes, names.messages);
  const spread = takeSpread(attributes, names.spread);
  if (whole !== undefined) {
    const mimeType = take(attributes, names.mimeType);
    const value = take(attributes, whole);
    return mimeType === "text/plain" ? value : parsePayload(value, mimeType);
  }
  if (messages !== undefined) return { messages: parseJsonText(messages) };
  return spread === undefined ? undefined : { messages: spread };
}

/** Scalars are JSON too when the sender says that it is JSON. */
function parsePayload(value: unknown, mimeType: unknown): unknown {
  if (mimeType !== "application/json" || typeof value !== "string") return parseJsonText(value);
  return /^\s*[[{]/.test(value) ? parseJsonText(value) : parseScalar(value);
}

function parseScalar(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A fixed set of fields of numbered messages: names from outside never become paths. */
function takeSpread(attributes: Attributes, pattern: RegExp): unknown[] | undefined {
  const messages = new Map<number, Record<string, unknown>>();
  for (const name of Object.keys(attributes)) {
    const match = pattern.exec(name);
    if (match === null) continue;
    const index = Number(match[1]);
    const message = messages.get(index) ?? {};
    messages.set(index, message);
    message[match[2]!] = take(attributes, name);
  }
  if (messages.size === 0) return undefined;
  return [...messages.entries()].sort(([a], [b]) => a - b).map(([, message]) => message);
}

function take(attributes: Attributes, name: string): unknown {
  if (!Object.hasOwn(attributes, name)) return undefined;
  const value = attributes[name];
  delete attributes[name];
  return value;
}

/** The attributes that are left are the application's data. */
export function dataOf(attributes: Readonly<Attributes>): Record<string, unknown> | undefined {
  const entries = Object.entries(attributes).map(([name, value]) => [name, parseJsonText(value)] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
