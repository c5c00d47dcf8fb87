import type { MediaPart } from "../form/message.ts";
import type { ModelOutput } from "../form/payloads.ts";
import { defined, Fields, restOf } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { mergeRests } from "../json/merge-rests.ts";
import type { Dialect, Nested, PartReader } from "../messages/dialect.ts";
import { mediaPart } from "../messages/media.ts";
import { withOuterRest, withOutside } from "../messages/outside.ts";
import { toolCall, toolResult } from "../messages/tool-parts.ts";
import { readUsage } from "../usage/read-usage.ts";
import { takeUsage } from "../usage/take-usage.ts";

/** Amazon Bedrock: Converse (parts without a type, in camel case) and the replies of InvokeModel's own families. */

const toolUse: PartReader = (part) => {
  const inner = part.object("toolUse");
  if (inner === undefined) return undefined;
  const fields = new Fields(inner);
  const callId = fields.text("toolUseId");
  const name = fields.text("name");
  return withOuter(toolCall(fields, { callId, name, arguments: fields.take("input") }), part);
};

const toolResultPart: PartReader = (part, nested) => {
  const inner = part.object("toolResult");
  if (inner === undefined) return undefined;
  const fields = new Fields(inner);
  const callId = fields.text("toolUseId");
  const isError = fields.text("status") === "error";
  return withOuter(toolResult(fields, { callId, content: fields.take("content"), isError }, nested), part);
};

const reasoning: PartReader = (part) => {
  const inner = part.object("reasoningContent");
  if (inner === undefined) return undefined;
  const fields = new Fields(inner);
  const said = new Fields(fields.object("reasoningText") ?? {});
  const text = said.text("text") ?? "";
  const rest = mergeRests(mergeRests(said.rest(), fields.rest()), part.rest());
  return { kind: "reasoning", text, ...defined({ rest }) };
};

function withOuter<T extends { rest?: JsonRecord }>(read: T, part: Fields): T {
  return withOuterRest(read, part.rest());
}

const json: PartReader = (part) => {
  if (typeof part.peek("type") === "string") return undefined;
  const value = part.take("json");
  return value === undefined ? undefined : { kind: "json", value, ...restOf(part) };
};

const media =
  (key: string, kind: MediaPart["kind"]): PartReader =>
  (part) => {
    if (typeof part.peek("type") === "string") return undefined;
    const inner = part.object(key);
    if (inner === undefined) return undefined;
    const fields = new Fields(inner);
    const format = fields.text("format");
    const source = new Fields(fields.object("source") ?? {});
    const data = source.text("bytes");
    const url = textAt(source.object("s3Location"), "uri");
    const text = source.text("text");
    const name = fields.text("name");
    const rest = {
      ...part.rest(),
      ...fields.rest(),
      ...(source.rest() === undefined ? {} : { source: source.rest() }),
    };
    const mediaType =
      format === undefined ? undefined : kind === "file" ? `application/${format}` : `${kind}/${format}`;
    return mediaPart(kind, { mediaType, data, url, text, name, rest: isEmpty(rest) ? undefined : rest });
  };

/** Marks where a cache may begin; there is nothing in it to show. */
const marker =
  (key: string): PartReader =>
  (part) =>
    typeof part.peek("type") === "string" || !part.has(key) ? undefined : [{ kind: "unknown", value: part.record }];

export const bedrock: Dialect = {
  name: "bedrock",
  partsByKey: {
    toolUse,
    toolResult: toolResultPart,
    reasoningContent: reasoning,
    image: media("image", "image"),
    video: media("video", "video"),
    document: media("document", "file"),
    json,
    cachePoint: marker("cachePoint"),
    guardContent: marker("guardContent"),
  },
  outputs: [converse, titan, invoked],
  reduceStream,
};

function converse(reply: Fields, nested: Nested): ModelOutput | undefined {
  const message = asRecord(asRecord(reply.peek("output"))?.message);
  if (message === undefined) return undefined;
  const output = new Fields(reply.object("output")!);
  output.take("message");
  const finishReason = reply.text("stopReason");
  const usage = takeUsage(reply, ["usage"]);
  const messages = nested.messages([message]).map((said) => withOutside(said, { finishReason }));
  const rest = mergeRests(output.rest(), reply.rest());
  return { messages, ...defined({ usage, finishReason, rest }) };
}

/** Titan's `results`, Llama's `generation`, Mistral's `outputs`: a text each. */
function titan(reply: Fields, nested: Nested): ModelOutput | undefined {
  const generation = reply.text("generation", "completion", "outputText");
  const results = generation === undefined ? (reply.list("results") ?? reply.list("outputs")) : undefined;
  const spoken =
    generation === undefined ? results?.map((result) => textAt(asRecord(result), "outputText", "text")) : [generation];
  if (spoken === undefined || spoken.length === 0 || spoken.some((text) => text === undefined)) return undefined;
  const input = reply.take("inputTextTokenCount", "prompt_token_count");
  const output = reply.take("generation_token_count") ?? asRecord(results?.[0])?.tokenCount;
  const usage = readUsage(defined({ input_tokens: input, output_tokens: output }));
  const finishReason =
    reply.text("stop_reason", "completionReason") ?? textAt(asRecord(results?.[0]), "completionReason", "stop_reason");
  const messages = spoken.flatMap((text) => nested.messages([{ role: "assistant", content: text }]));
  const rest = { ...reply.rest(), ...(results === undefined ? {} : { results }) };
  return { messages, ...defined({ usage, finishReason, rest: isEmpty(rest) ? undefined : rest }) };
}

/** The reply of InvokeModel: a body in the words of the model's family, as text or as an object. */
function invoked(reply: Fields, nested: Nested): ModelOutput | undefined {
  const body = parsedIfJson(reply.peek("body"));
  if (asRecord(body) === undefined) return undefined;
  const read = nested.output(body);
  if (read === undefined) return undefined;
  reply.take("body");
  return { ...read, ...defined({ rest: mergeRests(read.rest, reply.rest()) }) };
}

const EVENTS = [
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
];

/** The events of ConverseStream as the reply they add up to. */
function reduceStream(chunks: readonly unknown[]): unknown {
  const events = chunks.map(asRecord).filter((event) => event !== undefined);
  if (!events.some((event) => "contentBlockDelta" in event || "messageStart" in event)) return undefined;
  const blocks = new Map<unknown, ConverseBlock>();
  const reply: Record<string, unknown> = {};
  let role: unknown = "assistant";
  for (const event of events) {
    role = asRecord(event.messageStart)?.role ?? role;
    const started = asRecord(event.contentBlockStart);
    if (started !== undefined) blockAt(blocks, started).start(asRecord(started.start) ?? {});
    const delta = asRecord(event.contentBlockDelta);
    if (delta !== undefined) blockAt(blocks, delta).add(asRecord(delta.delta) ?? {});
    Object.assign(reply, asRecord(event.messageStop), asRecord(event.metadata));
    for (const [key, value] of Object.entries(event)) if (!EVENTS.includes(key)) reply[key] = value;
  }
  reply.output = { message: { role, content: [...blocks.values()].map((block) => block.whole()) } };
  return reply;
}

function blockAt(blocks: Map<unknown, ConverseBlock>, event: JsonRecord): ConverseBlock {
  const block = blocks.get(event.contentBlockIndex) ?? new ConverseBlock();
  blocks.set(event.contentBlockIndex, block);
  return block;
}

class ConverseBlock {
  readonly #texts: string[] = [];
  readonly #inputs: string[] = [];
  readonly #thoughts: string[] = [];
  #toolUse: JsonRecord | undefined;
  #thought: JsonRecord | undefined;
  #others: JsonRecord = {};

  start(start: JsonRecord): void {
    const { toolUse: use, ...others } = start;
    this.#toolUse = asRecord(use);
    this.#others = others;
  }

  add(delta: JsonRecord): void {
    if (typeof delta.text === "string") this.#texts.push(delta.text);
    const input = textAt(asRecord(delta.toolUse), "input");
    if (input !== undefined) this.#inputs.push(input);
    const thought = asRecord(delta.reasoningContent);
    if (thought === undefined) return;
    const { text, ...others } = thought;
    if (typeof text === "string") this.#thoughts.push(text);
    this.#thought = { ...this.#thought, ...others };
  }

  whole(): JsonRecord {
    if (this.#toolUse !== undefined) {
      const given = parsedIfJson(this.#inputs.join(""));
      return { ...this.#others, toolUse: { ...this.#toolUse, input: given } };
    }
    if (this.#thought !== undefined) {
      return {
        ...this.#others,
        reasoningContent: { reasoningText: { text: this.#thoughts.join(""), ...this.#thought } },
      };
    }
    return { ...this.#others, text: this.#texts.join("") };
  }
}
