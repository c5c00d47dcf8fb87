/** What the spans of observed clients say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { MemoryExporter, setDefaultTracer, Tracer } from "everspan";
import { observe as observeAnthropic } from "everspan/anthropic";
import { observe as observeOpenAI } from "everspan/openai";
import OpenAI from "openai-6";
import { startModelServer } from "./model-server.mjs";

const messages = [{ role: "user", content: "What is 2 + 2?" }];

async function withServer(run) {
  const server = await startModelServer();
  const exporter = new MemoryExporter();
  const tracer = new Tracer({ exporters: [exporter] });
  const openai = observeOpenAI(new OpenAI({ apiKey: "k", baseURL: `${server.url}/v1`, maxRetries: 1 }), { tracer });
  const anthropic = observeAnthropic(new Anthropic({ apiKey: "k", baseURL: server.url }), { tracer });
  const spans = async () => {
    await tracer.flush();
    return exporter.spans();
  };
  try {
    await run({ server, tracer, openai, anthropic, spans });
  } finally {
    server.close();
  }
}

test("a streamed reply is the reply that would have come without streaming, with tool calls, usage and ids", () =>
  withServer(async ({ openai, anthropic, spans }) => {
    const tools = [{ type: "function", function: { name: "add", parameters: {} } }];
    const options = { model: "gpt-x", messages, tools, stream_options: { include_usage: true } };
    for await (const _ of await openai.chat.completions.create({ ...options, stream: true }));
    const prompt = {
      model: "claude-x",
      max_tokens: 9,
      messages,
      tools: [{ name: "add", input_schema: { type: "object" } }],
    };
    for await (const _ of await anthropic.messages.create({ ...prompt, stream: true }));
    const [chat, message] = await spans();
    const call = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1,"b":2}' } };
    assert.deepEqual(chat.output.choices, [
      { index: 0, message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" },
    ]);
    assert.equal(chat.type, "COMPLETION");
    assert.deepEqual(chat.input.messages, messages);
    assert.equal(chat.data.usage.prompt_tokens, 9);
    assert.equal(chat.data.responseId, "chatcmpl-2");
    assert.equal(chat.data.requestId, "req_1");
    assert.ok(chat.data.timeToFirstTokenMs > 0);
    assert.deepEqual(message.output.content, [{ type: "tool_use", id: "toolu_1", name: "add", input: { a: 1, b: 2 } }]);
    assert.equal(message.output.stop_reason, "tool_use");
    const usage = { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 0, output_tokens: 3 };
    assert.deepEqual(message.data.usage, usage);
  }));

test("a turn of a thread that the provider holds is a model call, streamed or not", () =>
  withServer(async ({ anthropic, spans }) => {
    const thread = anthropic.beta.messages.thread({ model: "claude-x", max_tokens: 9 });
    await thread.send(messages[0]);
    await thread.stream(messages[0]).finalMessage();
    const both = await spans();
    for (const { name, phase, output, data } of both) {
      assert.deepEqual([name, phase, data.usage.output_tokens], ["beta.messages.create", "ended", 3]);
      assert.equal(output.content[0].text, "four");
    }
    assert.deepEqual(
      both.map(({ data }) => data.chunks),
      [undefined, 8],
    );
  }));

test("a stream without include_usage has no usage, and nothing is added to its request", () =>
  withServer(async ({ server, openai, spans }) => {
    for await (const _ of await openai.chat.completions.create({ model: "gpt-x", messages, stream: true }));
    assert.deepEqual(server.requests[0].body, { model: "gpt-x", messages, stream: true });
    const [{ output, data }] = await spans();
    assert.equal(output.choices[0].message.content, "four");
    assert.deepEqual([output.usage, data.usage, data.model, data.chunks], [undefined, undefined, "gpt-x-1", 4]);
  }));

test("what else can be streamed is put together: text completions, transcriptions, images", () =>
  withServer(async ({ openai, spans }) => {
    const drained = async (streamed) => {
      for await (const _ of await streamed);
    };
    const file = new File(["RIFF"], "a.wav", { type: "audio/wav" });
    await drained(openai.completions.create({ model: "gpt-x", prompt: "2 + 2?", stream: true }));
    await drained(openai.audio.transcriptions.create({ model: "whisper", file, stream: true }));
    await drained(openai.images.generate({ model: "image", prompt: "a cat", stream: true }));
    const file2 = new File(["RIFF"], "a.wav", { type: "audio/wav" });
    for await (const _ of await openai.audio.transcriptions.create({ model: "whisper", file: file2, stream: true }))
      break;
    const [completion, transcription, image, left] = await spans();
    assert.deepEqual(completion.output.choices, [{ index: 0, text: "four", finish_reason: "stop" }]);
    assert.deepEqual([transcription.output.text, transcription.data.usage.total_tokens], ["four", 12]);
    assert.deepEqual([image.output.b64_json, image.data.chunks, image.data.usage.total_tokens], ["UE5H", 2, 12]);
    assert.deepEqual(left.output, { text: "fo" });
  }));

test("what had come before an error, an abort or an early end is kept, and the status tells them apart", () =>
  withServer(async ({ server, openai, spans }) => {
    const start = () => openai.chat.completions.create({ model: "gpt-x", messages, stream: true });
    server.next.push(undefined, "error", "hang");
    let left = 2;
    for await (const _ of await start()) if (--left === 0) break;
    await assert.rejects(async () => {
      for await (const _ of await start());
    });
    const stream = await start();
    for await (const _ of stream) stream.controller.abort();
    const all = await spans();
    assert.deepEqual(
      all.map(({ status }) => status),
      ["OK", "ERROR", "CANCELED"],
    );
    assert.equal(all[0].output.choices[0].message.content, "fo");
    for (const { output } of all) assert.equal(output.id, "chatcmpl-2");
  }));

test("retries are one span, which says how many attempts there were", () =>
  withServer(async ({ server, openai, spans }) => {
    server.next.push(500);
    await openai.chat.completions.create({ model: "gpt-x", messages });
    const [span, ...others] = await spans();
    assert.equal(span.data.attempts, 2);
    assert.equal(others.length, 0);
  }));

test("a call is a child of the active span, and the spans of a tool runner's requests are siblings", () =>
  withServer(async ({ tracer, openai, spans }) => {
    const add = { name: "add", description: "", parameters: {}, parse: JSON.parse, function: () => "3" };
    await tracer.span("turn", () =>
      openai.chat.completions
        .runTools({ model: "gpt-x", messages, tools: [{ type: "function", function: add }] })
        .finalContent(),
    );
    const [turn, ...calls] = await spans();
    assert.equal(calls.length, 2);
    for (const { parentId, traceId } of calls) assert.deepEqual([parentId, traceId], [turn.id, turn.traceId]);
  }));

test("embeddings are kept by their number and size; a tracer is found at each call", () =>
  withServer(async ({ server }) => {
    const client = observeOpenAI(new OpenAI({ apiKey: "k", baseURL: `${server.url}/v1` }));
    const exporter = new MemoryExporter();
    const tracer = new Tracer({ exporters: [exporter] });
    setDefaultTracer(tracer);
    await client.embeddings.create({ model: "embed", input: ["a"] });
    setDefaultTracer(undefined);
    await tracer.flush();
    const [{ output }] = exporter.spans();
    assert.deepEqual([output.count, output.dimensions], [1, 2]);
  }));

test("two clients observed for two tracers each tell their own", () =>
  withServer(async ({ server, openai, spans }) => {
    const exporter = new MemoryExporter();
    const tracer = new Tracer({ exporters: [exporter] });
    const other = observeOpenAI(new OpenAI({ apiKey: "k", baseURL: `${server.url}/v1` }), { tracer });
    await Promise.all([openai, other].map((client) => client.chat.completions.create({ model: "gpt-x", messages })));
    await tracer.flush();
    assert.deepEqual([(await spans()).length, exporter.spans().length], [1, 1]);
  }));
