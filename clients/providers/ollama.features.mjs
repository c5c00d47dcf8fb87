/** What people do with Ollama's client, against a server on loopback. */
import { observe } from "everspan/ollama";
import { Ollama } from "ollama";
import { closedEarly, commonFeatures } from "./common.features.mjs";
import { caught } from "./compare.mjs";
import { scriptedServer } from "./scripted-server.mjs";

const ends = (done) => ({
  model: "llama-x",
  created_at: "2026-01-01T00:00:00Z",
  done,
  ...(done && { done_reason: "stop", prompt_eval_count: 9, eval_count: 3, total_duration: 5, load_duration: 1 }),
});
const said = (message, done) => ({ ...ends(done), message: { role: "assistant", ...message } });
const toolCalls = [{ function: { name: "add", arguments: { a: 1 } } }];

function answer(url, body) {
  if (url.endsWith("/api/embed"))
    return { json: { model: "embed-x", embeddings: [[0.5, 0.25]], prompt_eval_count: 4, total_duration: 5 } };
  if (url.endsWith("/api/embeddings")) return { json: { embedding: [0.5, 0.25] } };
  if (url.endsWith("/v1/systemone"))
    return {
      json: {
        model: "llama-x-1",
        answers: { sure: { type: "noul", noul: 0.9 } },
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    };
  if (url.endsWith("/api/tags") || url.endsWith("/api/ps")) return { json: { models: [] } };
  if (url.endsWith("/api/show")) return { json: { license: "none" } };
  const isChat = url.endsWith("/api/chat");
  const wantsTool = body.tools?.length > 0;
  const whole = isChat
    ? said(wantsTool ? { content: "", tool_calls: toolCalls } : { content: "four", thinking: "hm" }, true)
    : { ...ends(true), response: "four" };
  if (!body.stream) return { json: whole };
  const parts = isChat
    ? [
        said(wantsTool ? { content: "", tool_calls: toolCalls } : { content: "fo", thinking: "hm" }, false),
        said({ content: "ur" }, false),
        said({ content: "" }, true),
      ]
    : [
        { ...ends(false), response: "fo" },
        { ...ends(false), response: "ur" },
        { ...ends(true), response: "" },
      ];
  return { pieces: parts.map((part) => `${JSON.stringify(part)}\n`), type: "application/x-ndjson" };
}

const ask = { model: "llama-x", messages: [{ role: "user", content: "2 + 2?" }] };
const tools = [{ type: "function", function: { name: "add", parameters: {} } }];

export const ollama = {
  features: {
    ...commonFeatures(
      (c) => c.chat(ask),
      (c) => c.chat({ ...ask, stream: true }),
      false,
    ),
    "a stream, aborted by itself": async (c, log, server) => {
      server.next.push("hang");
      const stream = await c.chat({ ...ask, stream: true });
      await caught(log, async () => {
        for await (const part of stream) {
          log(part);
          stream.abort();
        }
        return "ended";
      });
      log(await closedEarly(server));
    },
    "all streams, aborted by the client": async (c, log, server) => {
      server.next.push("hang");
      await caught(log, async () => {
        for await (const part of await c.chat({ ...ask, stream: true })) {
          log(part);
          c.abort();
        }
        return "ended";
      });
      log(await closedEarly(server));
    },
    "a tool is asked for": async (c, log) => {
      log((await c.chat({ ...ask, tools })).message.tool_calls);
      for await (const { message } of await c.chat({ ...ask, tools, stream: true })) log(message);
    },
    generate: async (c, log) => {
      log(await c.generate({ model: "llama-x", prompt: "2 + 2?" }));
      for await (const part of await c.generate({ model: "llama-x", prompt: "2 + 2?", stream: true })) log(part);
    },
    "images, which the client encodes": async (c, log) => {
      log(await c.generate({ model: "llama-x", prompt: "what?", images: [new Uint8Array([1, 2, 3])] }));
    },
    embed: async (c, log) => log(await c.embed({ model: "embed-x", input: ["a"] })),
    systemone: async (c, log) => {
      const questions = { sure: { type: "noul", instructions: "is it four?" } };
      log(await c.systemone({ model: "llama-x", state: "2 + 2 = 4", questions }));
    },
    embeddings: async (c, log) => log(await c.embeddings({ model: "embed-x", prompt: "a" })),
    "a refusal of embeddings": (c, log, server) => {
      server.next.push(400);
      return caught(log, () => c.embeddings({ model: "embed-x", prompt: "a" }));
    },
    "what asks no model": {
      spans: 0,
      run: async (c, log) => {
        log(await c.list(), await c.ps(), await c.show({ model: "llama-x" }));
        log(typeof c.pull, typeof c.abort);
      },
    },
    "a lost this": {
      spans: 1,
      run: async (c, log) => {
        const { chat } = c;
        await caught(log, async () => chat({ ...ask }));
        log(chat.name, chat.length);
      },
    },
  },
  make: (host) => new Ollama({ host }),
  observe,
  startServer: scriptedServer(answer, (status) => ({ error: `scripted ${status}` })),
};
