import { memberOf } from "../../recording/following/members.ts";
import { MessageReply } from "../anthropic/message-reply.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { ModelOperation, ReplyBuilder } from "../model-call/model-call.ts";
import { ConverseReply } from "./converse-reply.ts";
import { SonicConversation } from "./sonic-conversation.ts";

/** A request to a model, and where its reply is. */
export interface BedrockCommand {
  readonly operation: ModelOperation;
  readonly request: unknown;
  readonly replyOf: (output: unknown) => unknown;
  /** Of a command whose reply comes in parts. */
  readonly streamOf?: (output: unknown) => object | undefined;
  /** Of a command whose request comes in parts too: what it is given in the client's place, and what is known of the request so far. */
  readonly sending?: { readonly input: object; readonly soFar: () => unknown };
}

/** Undefined for a command that asks no model. */
export function commandOf(commandName: string, input: unknown): BedrockCommand | undefined {
  const name = commandName.replace(/Command$/, "");
  const provider = "aws.bedrock";
  const completion = { name, provider, type: "COMPLETION" } as const;
  switch (name) {
    case "Converse":
      return { operation: completion, request: input, replyOf: withoutMetadata };
    case "ConverseStream":
      return {
        operation: { ...completion, builder: () => new ConverseReply() },
        request: input,
        replyOf: withoutMetadata,
        streamOf: (output) => objectOf(memberOf(output, "stream")),
      };
    case "InvokeModel":
      return { operation: isEmbedding(input) ? EMBEDDING : completion, request: invoked(input), replyOf: bodyOf };
    case "InvokeModelWithResponseStream":
      return {
        operation: { ...completion, builder: () => new ChunksReply() },
        request: invoked(input),
        replyOf: bodyOf,
        streamOf: (output) => objectOf(memberOf(output, "body")),
      };
    case "InvokeModelWithBidirectionalStream":
      return bothWays(input, { ...completion, builder: undefined });
    default:
      return undefined;
  }
}

/** One conversation, of what is sent and what is received. The request's body is iterated once, by whoever sends it. */
function bothWays(input: unknown, operation: ModelOperation): BedrockCommand | undefined {
  const conversation = new SonicConversation();
  const modelId = memberOf(input, "modelId");
  const take = (part: unknown) => quietly(() => conversation.take(eventIn(part)));
  const body = objectOf(memberOf(input, "body")) as AsyncIterable<unknown> | undefined;
  if (body === undefined) return undefined;
  const builder = (): ReplyBuilder => ({ add: take, reply: () => conversation.reply() });
  return {
    operation: { ...operation, builder, facts: (reply) => ({ responseId: memberOf(reply, "completionId") }) },
    request: { modelId },
    replyOf: withoutMetadata,
    streamOf: (output) => objectOf(memberOf(output, "body")),
    sending: { input: { ...(input as object), body: seen(body, take) }, soFar: () => conversation.request(modelId) },
  };
}

async function* seen(parts: AsyncIterable<unknown>, take: (part: unknown) => void): AsyncGenerator<unknown> {
  for await (const part of parts) {
    take(part);
    yield part;
  }
}

/** A chunk of sound alone is long and says nothing. */
function eventIn(part: unknown): Record<string, unknown> {
  const bytes = memberOf(memberOf(part, "chunk"), "bytes");
  const text = bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : "";
  return /"audio(?:In|Out)put"/.test(text.slice(0, MAX_HEAD_CHARACTERS))
    ? {}
    : (Object(memberOf(parsed(text), "event")) as Record<string, unknown>);
}

const MAX_HEAD_CHARACTERS = 64;

const EMBEDDING: ModelOperation = {
  name: "InvokeModel",
  provider: "aws.bedrock",
  type: "STANDALONE",
  keep: withoutVectors,
};

function isEmbedding(input: unknown): boolean {
  return /embed/i.test(String(memberOf(input, "modelId")));
}

/** How many numbers there are: they tell nobody anything. */
function withoutVectors(reply: unknown): unknown {
  const { embedding, embeddings, embeddingsByType: _, ...rest } = Object(reply) as Record<string, unknown>;
  const vectors = Array.isArray(embedding) ? [embedding] : Array.isArray(embeddings) ? embeddings : [];
  return { ...rest, count: vectors.length, dimensions: memberOf(vectors[0], "length") };
}

function withoutMetadata(output: unknown): unknown {
  const { $metadata: _, ...reply } = Object(output) as Record<string, unknown>;
  return reply;
}

function objectOf(value: unknown): object | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}

/** The request in the model family's own words, which is the command's body. */
function invoked(input: unknown): unknown {
  const body = parsed(memberOf(input, "body"));
  const modelId = memberOf(input, "modelId");
  return typeof body === "object" && body !== null ? { ...body, modelId } : { modelId, body };
}

function bodyOf(output: unknown): unknown {
  return parsed(memberOf(output, "body"));
}

const MAX_UNREAD_CHARACTERS = 1024;

function parsed(body: unknown): unknown {
  const text = typeof body === "string" ? body : body instanceof Uint8Array ? Buffer.from(body).toString() : undefined;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, MAX_UNREAD_CHARACTERS);
  }
}

/** Chunks of bytes, each an event of the model's family: Anthropic's are put together, those of others are kept as they are. */
class ChunksReply implements ReplyBuilder {
  readonly #message = new MessageReply();
  readonly #chunks: unknown[] = [];
  #isAnthropic = false;

  add(event: { readonly chunk?: { readonly bytes?: unknown } }): void {
    const chunk = parsed(event.chunk?.bytes);
    if (chunk === undefined) return;
    this.#isAnthropic ||= memberOf(chunk, "type") === "message_start";
    if (this.#isAnthropic) this.#message.add(chunk as object);
    else this.#chunks.push(chunk);
  }

  reply(): unknown {
    return this.#isAnthropic ? this.#message.reply() : this.#chunks.length === 0 ? undefined : { chunks: this.#chunks };
  }
}
