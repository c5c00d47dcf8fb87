/**
 * One call or two of each client and framework that Everspan has an entry for, plain enough for every runtime: nothing of
 * Node.js is imported here. `server` has the model providers' addresses; each scene says which spans stand right under it.
 */
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { generateText, streamText } from "ai";
import { everspanTelemetry } from "everspan/ai";
import { observe as observeAnthropic } from "everspan/anthropic";
import { observe as observeGoogle } from "everspan/google";
import { everspanHandler } from "everspan/langchain";
import { observeClient, observeServer } from "everspan/mcp";
import { observe as observeOpenAI } from "everspan/openai";
import { everspanTracerProvider } from "everspan/otel";
import OpenAI from "openai";

const messages = [{ role: "user", content: "What is 2 + 2?" }];
const chat = { model: "gpt-x", messages };
const prompt = { model: "claude-x", max_tokens: 100, messages };
const question = { model: "gemini-x", contents: "What is 2 + 2?" };

async function textOf(stream, textIn) {
  let text = "";
  for await (const piece of stream) text += textIn(piece) ?? "";
  return text;
}
const expect = (text) => {
  if (text !== "four") throw new Error(`the model said ${JSON.stringify(text)}`);
};

/** Named by the entry. */
export const SCENES = {
  async openai(tracer, url) {
    const openai = observeOpenAI(new OpenAI({ apiKey: "k", baseURL: `${url}/v1` }), { tracer });
    expect((await openai.chat.completions.create(chat)).choices[0].message.content);
    const stream = await openai.chat.completions.create({ ...chat, stream: true });
    expect(await textOf(stream, ({ choices }) => choices[0]?.delta.content));
    return ["chat.completions.create", "chat.completions.create"];
  },
  async anthropic(tracer, url) {
    const anthropic = observeAnthropic(new Anthropic({ apiKey: "k", baseURL: url }), { tracer });
    expect((await anthropic.messages.create(prompt)).content[0].text);
    expect(await anthropic.messages.stream(prompt).finalText());
    return ["messages.create", "messages.create"];
  },
  async google(tracer, url) {
    const google = observeGoogle(new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url } }), { tracer });
    expect((await google.models.generateContent(question)).text);
    expect(await textOf(await google.models.generateContentStream(question), ({ text }) => text));
    return ["models.generateContent", "models.generateContentStream"];
  },
  async ai(tracer, url) {
    const model = createOpenAI({ apiKey: "k", baseURL: `${url}/v1` }).chat("gpt-x");
    const telemetry = { integrations: [everspanTelemetry({ tracer })] };
    expect((await generateText({ model, prompt: "2 + 2?", telemetry })).text);
    expect(await textOf(streamText({ model, prompt: "2 + 2?", telemetry }).textStream, (text) => text));
    return ["generateText", "streamText"];
  },
  async langchain(tracer) {
    const model = new FakeListChatModel({ responses: ["four"] });
    const callbacks = [everspanHandler({ tracer })];
    expect((await model.invoke("2 + 2?", { callbacks })).content);
    expect(await textOf(await model.stream("2 + 2?", { callbacks }), ({ content }) => content));
    return ["FakeListChatModel", "FakeListChatModel"];
  },
  async mcp(tracer) {
    const server = observeServer(new McpServer({ name: "tools", version: "1" }), { tracer });
    server.registerTool("add", {}, async () => ({ content: [{ type: "text", text: "four" }] }));
    const client = observeClient(new Client({ name: "agent", version: "1" }), { tracer });
    const [left, right] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(left), client.connect(right)]);
    expect((await client.callTool({ name: "add", arguments: {} })).content[0].text);
    await Promise.all([client.close(), server.close()]);
    return ["add"];
  },
  async otel(tracer) {
    const provider = everspanTracerProvider({ tracer });
    provider.getTracer("agent").startActiveSpan("chat gpt-x", (span) => {
      span.setAttribute("gen_ai.operation.name", "chat");
      span.end();
    });
    return ["chat gpt-x"];
  },
};

/** @returns by scene, the id of its span and the names that must stand under it */
export async function playAll(tracer, url) {
  const played = {};
  for (const [name, play] of Object.entries(SCENES)) {
    await tracer.span(name, async ({ id }) => {
      played[name] = { id, under: await play(tracer, url) };
    });
  }
  return played;
}
