import type { Message } from "../form/message.ts";
import type { ModelInput, ToolDefinition } from "../form/payloads.ts";
import { defined, Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, own, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Nested } from "./dialect.ts";

/** Where the messages of a request are, in the order in which they are looked for. */
const LIST_KEYS = [
  "messages",
  "gen_ai.input.messages",
  "contents",
  "input",
  "prompt",
  "history",
  "chat_history",
  "inputs",
];
/** A prompt in words. */
const TEXT_KEYS = ["prompt", "input", "message", "question", "query", "inputText", "user_input", "task", "inputs"];
/** System texts that stand beside the messages. */
const SYSTEM_KEYS = [
  "system",
  "instructions",
  "systemInstruction",
  "system_instruction",
  "gen_ai.system_instructions",
  "preamble",
];
const TOOL_KEYS = ["tools", "functions", "gen_ai.tool.definitions", "toolConfig", "tool_config"];
/** Fields that hold a whole request. */
const WRAPPERS = ["body", "request", "config", "kwargs", "inputs"];

/** A model's input, of whatever dialect; undefined when it is no conversation. */
export function readInput(payload: unknown, nested: Nested): ModelInput | undefined {
  const value = parsedIfJson(payload);
  if (Array.isArray(value)) return listInput(value, nested);
  const record = asRecord(value);
  return record === undefined ? undefined : recordInput(new Fields(record), nested);
}

/** A list is a conversation when one of its items is a message; others become messages with an unknown part. */
function listInput(list: readonly unknown[], nested: Nested): ModelInput | undefined {
  const messages = conversation(list, nested);
  return messages === undefined ? undefined : { messages };
}

function conversation(list: readonly unknown[], nested: Nested): readonly Message[] | undefined {
  const flat = onlyConversation(list);
  if (flat.length === 0 || flat.every((item) => typeof item !== "object" && !isJsonText(item))) return undefined;
  const messages = nested.messages(flat);
  return messages.some((message) => message.role !== "other" || !isUnknown(message)) ? messages : undefined;
}

/** LangChain gives a list of conversations, which has one; `["user", "hi"]` is a message. */
export function onlyConversation(list: readonly unknown[]): readonly unknown[] {
  const [first] = list;
  return list.length === 1 && Array.isArray(first) && typeof first[0] !== "string" ? first : list;
}

function isJsonText(item: unknown): boolean {
  return typeof item === "string" && item.startsWith("{");
}

/** Texts to embed, or several prompts. */
function textsOf(fields: Fields): readonly Message[] | undefined {
  for (const key of ["input", "prompt", "texts", "inputs"]) {
    const list = fields.peek(key);
    if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === "string")) continue;
    fields.take(key);
    return list.map((text: string) => ({ role: "user", roleLabel: "user", parts: [{ kind: "text", text }] }));
  }
  return undefined;
}

function isUnknown(message: Message): boolean {
  return message.parts.length > 0 && message.parts.every((part) => part.kind === "unknown");
}

function recordInput(fields: Fields, nested: Nested): ModelInput | undefined {
  const messages = messagesOf(fields, nested);
  if (messages === undefined) return wrappedInput(fields, nested);
  const system = SYSTEM_KEYS.flatMap((key) => systemMessages(fields, key, nested));
  const tools = TOOL_KEYS.flatMap((key) => takeTools(fields, key));
  const config = new Fields(fields.object("config") ?? {});
  const configured = ["systemInstruction", "system_instruction"].flatMap((key) => systemMessages(config, key, nested));
  const allTools = [...tools, ...takeTools(config, "tools")];
  const model = fields.text("model", "modelId", "model_id", "gen_ai.request.model");
  const configRest = config.rest();
  const rest = configRest === undefined ? fields.rest() : { ...fields.rest(), config: configRest };
  return {
    messages: [...configured, ...system, ...messages],
    ...defined({ model, tools: allTools.length === 0 ? undefined : allTools, parameters: rest }),
  };
}

function messagesOf(fields: Fields, nested: Nested): readonly Message[] | undefined {
  for (const key of LIST_KEYS) {
    const list = parsedIfJson(fields.peek(key));
    if (!Array.isArray(list) || list.length === 0) continue;
    const messages = conversation(list, nested);
    if (messages === undefined) continue;
    fields.take(key);
    return [...messages, ...lastWords(fields, key, nested)];
  }
  return promptOf(fields, nested) ?? contentOf(fields, nested);
}

/** Google's interactions: the parts of what the user says, without a message around them. */
function contentOf(fields: Fields, nested: Nested): readonly Message[] | undefined {
  const list = fields.peek("input");
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const parts = nested.content(list);
  if (parts.length === 0 || parts.every((part) => part.kind === "unknown")) return undefined;
  fields.take("input");
  return [{ role: "user", roleLabel: "user", parts }];
}

/** Cohere's first version and question answering: the history is a list, the last words a field of their own. */
function lastWords(fields: Fields, key: string, nested: Nested): readonly Message[] {
  if (key !== "chat_history" && key !== "history") return [];
  return promptOf(fields, nested) ?? [];
}

function promptOf(fields: Fields, nested: Nested): readonly Message[] | undefined {
  const text = TEXT_KEYS.map((key) => [key, fields.peek(key)] as const).find(
    ([, value]) => typeof value === "string" && value !== "",
  );
  if (text === undefined) return singleMessage(fields, nested) ?? stringContents(fields) ?? textsOf(fields);
  fields.take(text[0]);
  const images = fields.list("images") ?? [];
  const media = images.flatMap((image) =>
    typeof image === "string" ? nested.content({ type: "image", image }) : nested.content(image),
  );
  return [{ role: "user", roleLabel: "user", parts: [{ kind: "text", text: text[1] as string }, ...media] }];
}

function singleMessage(fields: Fields, nested: Nested): readonly Message[] | undefined {
  for (const key of ["contents", "message"]) {
    const single = asRecord(fields.peek(key));
    const messages = single === undefined ? undefined : conversation([single], nested);
    if (messages === undefined) continue;
    fields.take(key);
    return messages;
  }
  return undefined;
}

/** Google's short form: a text where a list of contents may stand. */
function stringContents(fields: Fields): readonly Message[] | undefined {
  const text = fields.text("contents");
  return text === undefined ? undefined : [{ role: "user", roleLabel: "user", parts: [{ kind: "text", text }] }];
}

function systemMessages(fields: Fields, key: string, nested: Nested): readonly Message[] {
  const given = parsedIfJson(fields.peek(key));
  if (isEmpty(given) || (typeof given !== "string" && typeof given !== "object")) return [];
  fields.take(key);
  const content = new Fields(asRecord(given) ?? {});
  const list = content.list("parts");
  content.drop("role", "system", "user", "model");
  const parts = nested.content(list ?? given);
  const rest = list === undefined ? undefined : content.rest();
  return parts.length === 0 && rest === undefined
    ? []
    : [{ role: "system", roleLabel: "system", parts, ...defined({ rest }) }];
}

/** A request inside of another object: a Bedrock invocation, a framework's step. */
function wrappedInput(fields: Fields, nested: Nested): ModelInput | undefined {
  for (const key of WRAPPERS) {
    const inner = fields.peek(key);
    const read = isEmpty(inner) ? undefined : nested.input(inner);
    if (read === undefined) continue;
    fields.take(key);
    const model = read.model ?? fields.text("modelId", "model");
    const parameters = mergeRests(read.parameters, fields.rest());
    return { ...read, ...defined({ model, parameters }) };
  }
  return undefined;
}

/** Tools as lists of definitions; Google and Bedrock put them one level deeper. */
export function takeTools(fields: Fields, key: string): readonly ToolDefinition[] {
  const given = parsedIfJson(fields.peek(key));
  const list = Array.isArray(given) ? given : asRecord(given)?.tools;
  if (!Array.isArray(list) || list.length === 0) return namedTools(fields, key, given);
  const tools = list.map((tool) => toolDefinitions(parsedIfJson(tool)));
  if (tools.some((found) => found === undefined)) return [];
  const whole = asRecord(given);
  // What stands beside the tools (a choice) is not lost with them.
  if (whole !== undefined && Object.keys(whole).length > 1) return [];
  fields.take(key);
  return tools.flatMap((found) => found ?? []);
}

/** Tools by their names: `{search: {description, inputSchema}}`. */
function namedTools(fields: Fields, key: string, given: unknown): readonly ToolDefinition[] {
  const record = key === "tools" ? asRecord(given) : undefined;
  const entries = Object.entries(record ?? {});
  if (entries.length === 0 || !entries.every(([, tool]) => asRecord(tool) !== undefined)) return [];
  fields.take(key);
  return entries.flatMap(([key, tool]) => {
    const { name = key, ...others } = tool as JsonRecord;
    return toolDefinitions({ name, ...others, ...(name === key ? {} : { key }) }) ?? [];
  });
}

export function toolDefinitions(tool: unknown): readonly ToolDefinition[] | undefined {
  if (typeof tool === "string" && tool !== "") return [{ name: tool }];
  const record = asRecord(tool);
  if (record === undefined) return undefined;
  const key = ["functionDeclarations", "function_declarations"].find((name) => Array.isArray(own(record, name)));
  const declarations = key === undefined ? undefined : record[key];
  if (key !== undefined && Array.isArray(declarations)) {
    const { [key]: _taken, ...others } = record;
    const found = declarations.flatMap((declaration) => toolDefinitions(declaration) ?? []);
    if (found.length !== declarations.length) return undefined;
    return isEmpty(others) ? found : [...found, ...(toolDefinitions(others) ?? [])];
  }
  const outer = new Fields(record);
  outer.drop("type", "function");
  const called = outer.object("function", "toolSpec");
  const fields = called === undefined ? outer : new Fields(called);
  const schema = fields.take("parameters", "inputSchema", "input_schema", "parametersJsonSchema");
  const parameters =
    asRecord(schema)?.json !== undefined && Object.keys(schema as object).length === 1
      ? (schema as JsonRecord).json
      : schema;
  const name = fields.text("name") ?? textAt(record, "type") ?? Object.keys(record)[0];
  if (name === undefined) return undefined;
  const description = fields.text("description");
  const rest = called === undefined ? outer.rest() : mergeRests(fields.rest(), outer.rest());
  return [{ name, ...defined({ description, parameters, rest }) }];
}
