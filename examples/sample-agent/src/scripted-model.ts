/** A model server on loopback: OpenAI's chat-completions format in and out, `policy.ts` in place of a network. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ChatCompletion, ChatMessage, ChatRequest, ToolDefinition } from "./chat.ts";
import { nextReply } from "./policy.ts";

export const SCRIPTED_MODEL = "scripted-1";

/** Close enough for English; what matters is that the figures grow as they do with a real model. */
const CHARACTERS_PER_TOKEN = 4;

export interface ScriptedModel {
  /** For example `http://127.0.0.1:40123/v1`. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

export async function startScriptedModel(): Promise<ScriptedModel> {
  const server = createServer((request, response) => {
    const respond = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      respond(404, { error: { message: "POST /v1/chat/completions is all there is", type: "invalid_request_error" } });
      return;
    }
    readRequest(request).then(
      (chat) => respond(200, complete(chat)),
      () => respond(400, { error: { message: "The body is not a chat request", type: "invalid_request_error" } }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, close: () => close(server) };
}

async function readRequest(request: IncomingMessage): Promise<ChatRequest> {
  const chat: ChatRequest = JSON.parse(await text(request));
  if (!Array.isArray(chat.messages)) throw new TypeError("messages must be a list");
  return chat;
}

function complete(request: ChatRequest): ChatCompletion {
  const message = nextReply(request.messages);
  const prompt_tokens = countTokens([...request.messages, ...(request.tools ?? [])]);
  const completion_tokens = countTokens([message]);
  return {
    id: `chatcmpl-${request.messages.length}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: SCRIPTED_MODEL,
    choices: [{ index: 0, message, finish_reason: message.tool_calls === undefined ? "stop" : "tool_calls" }],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

function countTokens(parts: readonly (ChatMessage | ToolDefinition)[]): number {
  const characters = parts.reduce((sum, part) => sum + JSON.stringify(part).length, 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
