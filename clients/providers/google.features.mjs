/** What people do with Google's client of two majors, against a server on loopback. */
import * as major2 from "@google/genai";
import * as major3 from "@google/genai-3";
import { observe } from "everspan/google";
import { commonFeatures } from "./common.features.mjs";
import { caught, shape } from "./compare.mjs";
import { scriptedServer } from "./scripted-server.mjs";

const reply = (parts, more) => ({
  candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
  modelVersion: "gemini-x-1",
  responseId: "g-1",
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 14 },
});
const call = { functionCall: { name: "add", args: { a: 1, b: 2 } } };

/** Events of a streamed interaction; the last brings the usage and no steps. */
const interaction = { id: "i-1", model: "gemini-x-1", object: "interaction", status: "in_progress" };
const interactionUsage = { total_input_tokens: 9, total_output_tokens: 3, total_thought_tokens: 2, total_tokens: 14 };
const added = (index, delta) => ({ event_type: "step.delta", index, delta });
const INTERACTION_EVENTS = [
  { event_type: "interaction.created", interaction },
  { event_type: "step.start", index: 0, step: { type: "thought" } },
  added(0, { type: "thought_summary", content: { type: "text", text: "hm" } }),
  added(0, { type: "thought_signature", signature: "c2ln" }),
  { event_type: "step.start", index: 1, step: { type: "model_output" } },
  added(1, { type: "text", text: "fo" }),
  added(1, { type: "text", text: "ur" }),
  { event_type: "step.stop", index: 1, usage: { total_tokens: 1 } },
  { event_type: "step.start", index: 2, step: { type: "function_call", id: "call_1", name: "add", arguments: {} } },
  added(2, { type: "arguments_delta", arguments: '{"a":' }),
  added(2, { type: "arguments_delta", arguments: "1}" }),
  {
    event_type: "interaction.completed",
    interaction: { ...interaction, status: "completed", usage: interactionUsage },
  },
];
const whole = {
  ...interaction,
  status: "completed",
  steps: [{ type: "model_output", content: [{ type: "text", text: "four" }] }],
  usage: interactionUsage,
};

function answer(url, body) {
  if (url.includes("/interactions")) {
    if (!body.stream) return { json: whole };
    const pieces = INTERACTION_EVENTS.map((event) => `event: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`);
    return { pieces, type: "text/event-stream" };
  }
  if (url.includes("/decisions")) return { json: { id: "d-1", model: "gemini-x-1", usage: interactionUsage } };
  if (url.includes(":predict"))
    return { json: { predictions: [{ bytesBase64Encoded: "UE5H", mimeType: "image/png" }] } };
  if (url.includes(":batchEmbedContents") || url.includes(":embedContent"))
    return { json: { embeddings: [{ values: [0.5, 0.25] }] } };
  if (url.includes(":countTokens")) return { json: { totalTokens: 9 } };
  if (url.endsWith("/models/gemini-x") || /\/models(\?|$)/.test(url))
    return { json: { name: "models/gemini-x", models: [] } };
  const isAnswered = JSON.stringify(body.contents ?? []).includes("functionResponse");
  const wantsTool = body.tools !== undefined && !isAnswered;
  if (!url.includes(":streamGenerateContent"))
    return {
      json: wantsTool ? reply([call], { finishReason: "STOP" }) : reply([{ text: "four" }], { finishReason: "STOP" }),
    };
  const parts = wantsTool
    ? [reply([call], { finishReason: "STOP" })]
    : [
        reply([{ text: "hm", thought: true }]),
        reply([{ text: "fo" }]),
        reply([{ text: "ur" }], { finishReason: "STOP" }),
      ];
  return { pieces: parts.map((part) => `data: ${JSON.stringify(part)}\r\n\r\n`), type: "text/event-stream" };
}

const ask = { model: "gemini-x", contents: "2 + 2?" };
const withSignal = (signal) => (signal === undefined ? ask : { ...ask, config: { abortSignal: signal } });
/** A tool that the client itself calls, and asks again with what it said. */
const callable = {
  tool: async () => ({ functionDeclarations: [{ name: "add", parametersJsonSchema: { type: "object" } }] }),
  callTool: async (calls) => calls.map(({ name }) => ({ functionResponse: { name, response: { result: 3 } } })),
};

/** The promise of a streamed one gives a web stream. */
const asked = { model: "gemini-x", input: "2 + 2?" };
const requestOf = (signal) => (signal === undefined ? undefined : { signal });
const interactions = commonFeatures(
  (c, signal) => c.interactions.create(asked, requestOf(signal)),
  (c, signal) => c.interactions.create({ ...asked, stream: true }, requestOf(signal)),
);
const interactionFeatures = {
  ...Object.fromEntries(Object.entries(interactions).map(([name, given]) => [`interactions: ${name}`, given])),
  "interactions: a stream, as a web stream": async (c, log) => {
    const reader = (await c.interactions.create({ ...asked, stream: true })).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) log(step.value);
    for await (const event of (await c.interactions.create({ ...asked, stream: true })).values()) log(event);
    for await (const _ of (await c.interactions.create({ ...asked, stream: true })).values()) break;
  },
  "interactions: without continuation": async (c, log) => {
    log(await c.interactions.create({ ...asked, automatic_continuation: false }));
    for await (const event of await c.interactions.create({ ...asked, automatic_continuation: false, stream: true }))
      log(event);
  },
  "interactions: made when they are first asked for": {
    spans: 0,
    run: async (c, log) => {
      log(Object.keys(c).sort());
      const first = c.interactions;
      log(c.interactions === first, first.constructor.name, Object.keys(c).sort());
      await caught(log, () => {
        c.interactions = 1;
      });
    },
  },
  decisions: {
    run: async (c, log) => {
      if (c.decisions !== undefined) log(await c.decisions.create({ model: "gemini-x" }));
    },
  },
};

const images = async (c, log) => {
  const image = { imageBytes: "UE5H", mimeType: "image/png" };
  const model = "image-x";
  await caught(log, () => c.models.editImage({ model, prompt: "a dog", referenceImages: [] }));
  await caught(log, () => c.models.upscaleImage({ model, image, upscaleFactor: "x2" }));
  await caught(log, () => c.models.recontextImage({ model, source: { prompt: "a dog", productImages: [] } }));
  await caught(log, () => c.models.segmentImage({ model, source: { image }, config: { mode: "FOREGROUND" } }));
};

const clientOf = ({ FunctionCallingConfigMode, GoogleGenAI }) => ({
  features: {
    ...commonFeatures(
      (c, signal) => c.models.generateContent(withSignal(signal)),
      (c, signal) => c.models.generateContentStream(withSignal(signal)),
    ),
    "images that this kind of key may not have changed": { spans: 4, run: images },
    "what a reply offers": async (c, log) => {
      const given = await c.models.generateContent(ask);
      log(given.text, given.functionCalls ?? null, given.data ?? null, given.constructor.name);
    },
    chats: async (c, log) => {
      const chat = c.chats.create({ model: "gemini-x" });
      log((await chat.sendMessage({ message: "2 + 2?" })).text);
      for await (const part of await chat.sendMessageStream({ message: "again" })) log(part.text ?? null);
      log(chat.getHistory());
    },
    "a tool is asked for": async (c, log) => {
      const functionDeclarations = [{ name: "add", parametersJsonSchema: { type: "object" } }];
      const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
      log(
        (await c.models.generateContent({ ...ask, config: { tools: [{ functionDeclarations }], toolConfig } }))
          .functionCalls,
      );
    },
    "tools that the client calls": async (c, log) => {
      const given = await c.models.generateContent({ ...ask, config: { tools: [callable] } });
      log(given.text, given.automaticFunctionCallingHistory?.length ?? null);
    },
    "tools that the client calls, streamed": async (c, log) => {
      for await (const part of await c.models.generateContentStream({ ...ask, config: { tools: [callable] } }))
        log(part.candidates);
    },
    embedContent: async (c, log) => log(await c.models.embedContent({ model: "embed-x", contents: ["a"] })),
    "generateImages, which this kind of key may not": {
      spans: 1,
      run: (c, log) => caught(log, () => c.models.generateImages({ model: "image-x", prompt: "a cat" })),
    },
    ...interactionFeatures,
    "what asks no model": {
      spans: 0,
      run: async (c, log) => {
        log((await c.models.countTokens(ask)).totalTokens, (await c.models.get({ model: "gemini-x" })).name);
        log(Object.keys(c.models).sort(), shape(c.chats), typeof c.files.upload, typeof c.live?.connect);
      },
    },
    "frozen arguments, and a lost this": async (c, log) => {
      log((await c.models.generateContent(Object.freeze({ ...ask }))).text);
      const { generateContent } = c.models;
      await caught(log, async () => (await generateContent(ask)).text);
      log(generateContent.name, generateContent.length);
    },
  },
  make: (baseUrl) => new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl } }),
  observe,
  startServer: scriptedServer(answer, (code) => ({ error: { code, message: `scripted ${code}`, status: "INVALID" } })),
});

/** By Vertex, which has operations of its own. */
const vertexOf = (major) => ({
  ...clientOf(major),
  features: { images: { run: images, spans: 4 } },
  make: (baseUrl) => new major.GoogleGenAI({ vertexai: true, apiKey: "k", httpOptions: { baseUrl } }),
});

export const vertex2 = vertexOf(major2);
export const vertex3 = vertexOf(major3);
export const google2 = clientOf(major2);
export const google3 = clientOf(major3);
