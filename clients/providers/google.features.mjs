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

function answer(url, body) {
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

const clientOf = ({ FunctionCallingConfigMode, GoogleGenAI }) => ({
  features: {
    ...commonFeatures(
      (c, signal) => c.models.generateContent(withSignal(signal)),
      (c, signal) => c.models.generateContentStream(withSignal(signal)),
    ),
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
    "tools that the client calls": {
      spans: 1,
      run: async (c, log) => {
        const given = await c.models.generateContent({ ...ask, config: { tools: [callable] } });
        log(given.text, given.automaticFunctionCallingHistory?.length ?? null);
      },
    },
    "tools that the client calls, streamed": {
      spans: 1,
      run: async (c, log) => {
        for await (const part of await c.models.generateContentStream({ ...ask, config: { tools: [callable] } }))
          log(part.candidates);
      },
    },
    embedContent: async (c, log) => log(await c.models.embedContent({ model: "embed-x", contents: ["a"] })),
    "generateImages, which this kind of key may not": {
      spans: 1,
      run: (c, log) => caught(log, () => c.models.generateImages({ model: "image-x", prompt: "a cat" })),
    },
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

export const google2 = clientOf(major2);
export const google3 = clientOf(major3);
