import type { SpanType } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord, isEmpty, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { countOf } from "../usage/count.ts";
import { readUsage } from "../usage/read-usage.ts";
import type { Candidate, Convention } from "./convention.ts";

/** The attributes of Vercel's AI SDK 4 to 6 (`ai.*`). */

const METADATA = "ai.telemetry.metadata.";

export const aiSdk: Convention = {
  name: "ai-sdk",
  facts: {
    provider: ["ai.model.provider"],
    requestModel: ["ai.model.id"],
    responseModel: ["ai.response.model"],
    responseId: ["ai.response.id"],
    finishReason: ["ai.response.finishReason", "ai.finishReason"],
    session: ["sessionId", "session.id", "session_id", "threadId", "thread_id", "conversationId", "chatId"].map(
      (name) => METADATA + name,
    ),
    user: ["userId", "user.id", "user_id"].map((name) => METADATA + name),
    toolName: ["ai.toolCall.name"],
    toolCallId: ["ai.toolCall.id"],
  },
  tags: [`${METADATA}tags`, "metadata.tags"],
  metadataPrefixes: [METADATA],
  parameters: ["ai.settings.", "ai.prompt.toolChoice"],
  repeats: ["ai.operationId", "operation.name", "resource.name", "metadata.sessionId", "metadata.userId"],
  spanType: typeOf,
  usageHeads: ["ai"],
  usage,
  inputs,
  outputs,
};

function typeOf(attributes: Readonly<Record<string, unknown>>): SpanType | undefined {
  const operation = own(attributes, "ai.operationId");
  if (typeof operation !== "string") return undefined;
  if (operation === "ai.toolCall") return "CODE_EXECUTION";
  if (/\.do(?:Generate|Stream|Embed|Rerank)/.test(operation)) return "COMPLETION";
  return /^ai\.(?:generate|stream)(?:Text|Object)/.test(operation) ? "AGENT_WORKFLOW" : undefined;
}

function inputs(attributes: Readonly<Record<string, unknown>>): readonly Candidate[] {
  const messages = parsedIfJson(own(attributes, "ai.prompt.messages"));
  const tools = own(attributes, "ai.prompt.tools");
  const found: Candidate[] = [];
  if (messages !== undefined) {
    const definitions = Array.isArray(tools) ? tools.map(parsedIfJson) : parsedIfJson(tools);
    found.push({
      value: { messages, ...(isEmpty(definitions) ? {} : { tools: definitions }) },
      names: ["ai.prompt.messages", ...(tools === undefined ? [] : ["ai.prompt.tools"])],
    });
  }
  for (const name of ["ai.prompt", "ai.toolCall.args", "ai.value", "ai.values"]) {
    if (!Object.hasOwn(attributes, name)) continue;
    found.push({ value: jsonValue(attributes[name]), names: [name] });
  }
  return found;
}

/** Texts, calls, thoughts and objects of a reply stand in attributes of their own. */
function outputs(attributes: Readonly<Record<string, unknown>>): readonly Candidate[] {
  const names = REPLY.filter(([name]) => Object.hasOwn(attributes, name));
  const found: Candidate[] = [];
  if (names.length === 1 && names[0]![1] === "text") {
    found.push({ value: own(attributes, names[0]![0]), names: [names[0]![0]] });
  } else if (names.length > 0) {
    const value = Object.fromEntries(
      names.map(([name, key]) => [key, key === "text" ? attributes[name] : parsedIfJson(attributes[name])]),
    );
    found.push({ value, names: names.map(([name]) => name) });
  }
  for (const name of ["ai.toolCall.result", "ai.embedding", "ai.embeddings"]) {
    if (!Object.hasOwn(attributes, name)) continue;
    const value = jsonValue(attributes[name]);
    found.push({
      value: name === "ai.toolCall.result" ? value : { embeddings: name === "ai.embedding" ? [value] : value },
      names: [name],
    });
  }
  return found;
}

const REPLY: readonly (readonly [string, string])[] = [
  ["ai.response.reasoning", "reasoning"],
  ["ai.response.text", "text"],
  ["ai.response.object", "object"],
  ["ai.response.toolCalls", "toolCalls"],
  ["ai.response.files", "files"],
  ["ai.result.text", "text"],
  ["ai.result.object", "object"],
  ["ai.result.toolCalls", "toolCalls"],
];

/** Values are JSON texts, also when they are only a text: `"\"hello\""`. */
function jsonValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== "string" || !value.startsWith('"')) return parsedIfJson(value);
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function usage(attributes: Fields): Usage | undefined {
  const count = (...names: readonly string[]) => countOf(attributes.take(...names.map((name) => `ai.usage.${name}`)));
  /** A count that two majors name differently, and some write twice. */
  const either = (one: string, other: string) => {
    const [first, second] = [count(one), count(other)];
    return first ?? second;
  };
  const stated = defined({
    inputTokens: count("inputTokens") ?? count("promptTokens") ?? count("tokens"),
    outputTokens: count("outputTokens") ?? count("completionTokens"),
    cacheReadTokens: either("cachedInputTokens", "inputTokenDetails.cacheReadTokens"),
    cacheWriteTokens: count("inputTokenDetails.cacheWriteTokens"),
    reasoningTokens: either("reasoningTokens", "outputTokenDetails.reasoningTokens"),
  });
  // What is left of the totals without the parts above.
  for (const name of ["totalTokens", "inputTokenDetails.noCacheTokens", "outputTokenDetails.textTokens"]) {
    attributes.drop(`ai.usage.${name}`);
  }
  const own = providerUsage(attributes);
  return Object.keys(stated).length === 0 && own === undefined ? undefined : { ...stated, ...own };
}

/** The provider's own words, where the SDK passes them on: Anthropic's cache is only told apart there. */
function providerUsage(attributes: Fields): Usage | undefined {
  const metadata = asRecord(parsedIfJson(attributes.peek("ai.response.providerMetadata")));
  for (const provider of Object.values(metadata ?? {})) {
    const usage = readUsage(asRecord(provider)?.usage);
    if (usage !== undefined) return usage;
    const tier = asRecord(provider)?.serviceTier;
    if (typeof tier === "string") return { serviceTier: tier };
  }
  return undefined;
}
