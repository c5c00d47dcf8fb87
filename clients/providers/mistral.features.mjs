/** What people do with Mistral's client, against a server on loopback. */
import { Mistral } from "@mistralai/mistralai";
import { observe } from "everspan/mistral";
import { z } from "zod";
import { commonFeatures } from "./common.features.mjs";
import { caught, shape } from "./compare.mjs";
import { scriptedServer } from "./scripted-server.mjs";

const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, num_cached_tokens: 4 };
const whole = (choice) => ({
  id: "m-1",
  object: "chat.completion",
  created: 1,
  model: "mistral-x-1",
  choices: [{ index: 0, ...choice }],
  usage,
});
const toolCall = { id: "call_1", type: "function", index: 0, function: { name: "add", arguments: '{"a":1}' } };

/** An entry's name, model and place stand in each event that it grows by. */
const entry = { id: "msg-1", model: "mistral-x-1", agent_id: null, role: "assistant" };
const conversationUsage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, connector_tokens: null };
const CONVERSATION = {
  object: "conversation.response",
  conversation_id: "conv-1",
  outputs: [{ object: "entry", type: "message.output", ...entry, content: "four" }],
  usage: conversationUsage,
};
const say = (content) => ({ type: "message.output.delta", output_index: 1, content_index: 0, ...entry, content });
const toolAt = { output_index: 0, id: "tool-1", name: "web_search" };
const calls = (text) => ({
  type: "function.call.delta",
  output_index: 2,
  id: "fn-1",
  name: "add",
  tool_call_id: "call_1",
  arguments: text,
});
const CONVERSATION_EVENTS = [
  { type: "conversation.response.started", conversation_id: "conv-1" },
  { type: "tool.execution.started", ...toolAt, arguments: "{}" },
  { type: "tool.execution.done", ...toolAt, info: { found: 1 } },
  say("fo"),
  say("ur"),
  say({ type: "tool_reference", tool: "web_search", title: "sums", url: "http://x.test" }),
  say(" it is"),
  calls('{"a":'),
  calls("1}"),
  { type: "conversation.response.done", usage: conversationUsage },
];
const TRANSCRIPTION_EVENTS = [
  { type: "transcription.language", audio_language: "en" },
  { type: "transcription.text.delta", text: "fo" },
  { type: "transcription.text.delta", text: "ur" },
  { type: "transcription.done", model: "voice-x-1", text: "four", language: "en", segments: [], usage },
];
const SPEECH_EVENTS = [
  { type: "speech.audio.delta", audio_data: "UE5H" },
  { type: "speech.audio.delta", audio_data: "UA==" },
  { type: "speech.audio.done", usage },
];
const named = (events) => ({
  pieces: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  type: "text/event-stream",
});

function answer(url, body, { accept }) {
  if (url.includes("/conversations")) return body.stream ? named(CONVERSATION_EVENTS) : { json: CONVERSATION };
  if (url.endsWith("/transcriptions") && accept === "text/event-stream") return named(TRANSCRIPTION_EVENTS);
  if (url.endsWith("/audio/speech")) return body.stream ? named(SPEECH_EVENTS) : { json: { audio_data: "UE5HUA==" } };
  if (url.includes("/embeddings"))
    return {
      json: {
        id: "e-1",
        object: "list",
        model: "embed-x-1",
        data: [{ object: "embedding", index: 0, embedding: [0.5, 0.25] }],
        usage,
      },
    };
  if (url.includes("/models")) return { json: { object: "list", data: [] } };
  const other = { id: "o-1", model: "other-x-1", usage };
  if (url.includes("/moderations")) return { json: { ...other, results: [{ categories: {}, category_scores: {} }] } };
  if (url.includes("/classifications")) return { json: { ...other, results: [{}] } };
  if (url.includes("/ocr")) return { json: { pages: [], model: "ocr-x-1", usage_info: { pages_processed: 1 } } };
  if (url.includes("/transcriptions")) return { json: { ...other, text: "four", segments: [], language: null } };
  const content = body.response_format ? '{"answer":"four"}' : "four";
  const wantsTool = body.tools?.length > 0;
  const message = wantsTool
    ? { role: "assistant", content: "", tool_calls: [toolCall] }
    : { role: "assistant", content };
  const finish_reason = wantsTool ? "tool_calls" : "stop";
  if (!body.stream) return { json: whole({ message, finish_reason }) };
  const deltas = wantsTool
    ? [
        whole({ delta: { role: "assistant", content: "" }, finish_reason: null }),
        whole({ delta: { tool_calls: [toolCall] }, finish_reason }),
      ]
    : [
        whole({ delta: { role: "assistant", content: "fo" }, finish_reason: null }),
        whole({ delta: { content: "ur" }, finish_reason }),
      ];
  const events = [...deltas.map((delta) => `data: ${JSON.stringify(delta)}\n\n`), "data: [DONE]\n\n"];
  return { pieces: events, type: "text/event-stream" };
}

const ask = { model: "mistral-x", messages: [{ role: "user", content: "2 + 2?" }] };
const options = (signal) => (signal === undefined ? undefined : { fetchOptions: { signal } });
const tools = [{ type: "function", function: { name: "add", parameters: {} } }];
const responseFormat = {
  type: "json_schema",
  jsonSchema: { name: "answer", schemaDefinition: { type: "object" }, strict: true },
};

const begun = { model: "mistral-x", inputs: "2 + 2?" };
const conversations = Object.fromEntries(
  Object.entries(
    commonFeatures(
      (c, signal) => c.beta.conversations.start(begun, options(signal)),
      (c, signal) => c.beta.conversations.startStream(begun, options(signal)),
    ),
  ).map(([name, given]) => [`conversations: ${name}`, given]),
);

export const mistral = {
  features: {
    ...commonFeatures(
      (c, signal) => c.chat.complete(ask, options(signal)),
      (c, signal) => c.chat.stream(ask, options(signal)),
    ),
    "an attempt more": {
      spans: 1,
      run: async (c, log, server) => {
        server.next.push(503);
        const backoff = { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 1000 };
        log(
          (await c.chat.complete(ask, { retries: { strategy: "backoff", backoff, retryConnectionErrors: false } })).id,
        );
      },
    },
    "a tool is asked for": async (c, log) => {
      log((await c.chat.complete({ ...ask, tools })).choices[0].message.toolCalls);
      for await (const { data } of await c.chat.stream({ ...ask, tools })) log(data.choices[0].delta);
    },
    "a stream, as a web stream": async (c, log) => {
      const reader = (await c.chat.stream(ask)).getReader();
      for (let step = await reader.read(); !step.done; step = await reader.read()) log(step.value);
    },
    "a stream, teed": async (c, log) => {
      const [left, right] = (await c.chat.stream(ask)).tee();
      log(shape(left));
      const read = async (stream) => {
        const parts = [];
        for await (const part of stream) parts.push(part);
        return parts;
      };
      log(await Promise.all([read(left), read(right)]));
    },
    "formats that are asked for": async (c, log) => {
      log((await c.chat.complete({ ...ask, responseFormat })).choices[0].message.content);
    },
    "chat.parse and chat.parseStream": async (c, log) => {
      const schema = z.object({ answer: z.string() });
      await caught(log, async () => (await c.chat.parse({ ...ask, responseFormat: schema })).choices[0].message.parsed);
      for await (const { data } of await c.chat.parseStream({ ...ask, responseFormat: schema }))
        log(data.choices[0].delta);
    },
    "what is no conversation": async (c, log) => {
      const model = "other-x";
      const inputs = "a";
      const chat = { model, input: [{ messages: [{ role: "user", content: "a" }] }] };
      await caught(log, () => c.classifiers.moderate({ model, inputs }));
      await caught(log, () => c.classifiers.moderateChat({ model, inputs: chat.input[0].messages }));
      await caught(log, () => c.classifiers.classify({ model, inputs }));
      await caught(log, () => c.classifiers.classifyChat(chat));
      const document = { type: "document_url", documentUrl: "http://x.test/a.pdf" };
      await caught(log, () => c.ocr.process({ model, document }));
      await caught(log, () => c.audio.transcriptions.complete({ model, fileUrl: "http://x.test/a.wav" }));
    },
    "fim and agents": async (c, log) => {
      log(await c.fim.complete({ model: "code-x", prompt: "a" }));
      for await (const { data } of await c.fim.stream({ model: "code-x", prompt: "a" })) log(data.choices[0].delta);
      log(await c.agents.complete({ agentId: "a-1", messages: ask.messages }));
      for await (const { data } of await c.agents.stream({ agentId: "a-1", messages: ask.messages })) log(data.id);
    },
    ...conversations,
    "conversations that go on": async (c, log) => {
      const conversationId = "conv-1";
      const conversationAppendRequest = { inputs: "and 3?" };
      const conversationRestartRequest = { inputs: "again", fromEntryId: "msg-1" };
      log(await c.beta.conversations.append({ conversationId, conversationAppendRequest }));
      log(await c.beta.conversations.restart({ conversationId, conversationRestartRequest }));
      const streams = [
        await c.beta.conversations.appendStream({
          conversationId,
          conversationAppendStreamRequest: conversationAppendRequest,
        }),
        await c.beta.conversations.restartStream({
          conversationId,
          conversationRestartStreamRequest: conversationRestartRequest,
        }),
      ];
      for (const stream of streams) for await (const event of stream) log(event);
    },
    speech: async (c, log) => {
      log(await c.audio.speech.complete({ model: "voice-x", input: "four" }));
      for await (const event of await c.audio.speech.complete(
        { model: "voice-x", input: "four", stream: true },
        { acceptHeaderOverride: "text/event-stream" },
      ))
        log(event);
    },
    "transcriptions, streamed": async (c, log) => {
      for await (const event of await c.audio.transcriptions.stream({ model: "voice-x", fileUrl: "http://x.test/a" }))
        log(event);
      for await (const { data } of await c.audio.transcriptions.stream({
        model: "voice-x",
        fileUrl: "http://x.test/a",
      }))
        if (data.type === "transcription.text.delta") break;
    },
    embeddings: async (c, log) => log(await c.embeddings.create({ model: "embed-x", inputs: ["a"] })),
    "what asks no model": {
      spans: 0,
      run: async (c, log) => {
        log(await c.models.list());
        log(Object.keys(c.chat).sort(), c.chat.constructor.name, typeof c.chat.parse, typeof c.files.upload);
      },
    },
    "frozen arguments, and a lost this": {
      spans: 2,
      run: async (c, log) => {
        log((await c.chat.complete(Object.freeze({ ...ask }))).id);
        const { complete } = c.chat;
        await caught(log, async () => complete(ask));
        log(complete.name, complete.length);
      },
    },
  },
  make: (serverURL) => new Mistral({ apiKey: "k", serverURL }),
  observe,
  startServer: scriptedServer(answer, (status) => ({
    object: "error",
    message: `scripted ${status}`,
    type: "invalid",
  })),
};
