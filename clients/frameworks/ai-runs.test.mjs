/** Runs of the AI SDK 7, each bare and observed: tools and sub-agents at the same time, failures, aborts, going on. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateText, isStepCount, streamText, ToolLoopAgent, tool } from "ai";
import { registerEverspan } from "everspan/ai";
import { z } from "zod";
import { compared, treeOf } from "../harness/compared.mjs";
import { startProvider } from "./scripted-provider.mjs";

let provider;
let openai;
before(async () => {
  provider = await startProvider();
  openai = createOpenAI({ apiKey: "key", baseURL: provider.url });
});
after(() => provider.close());

const observe = (tracer) => registerEverspan({ tracer });
const playing = (play) => compared(provider, play, observe);
const model = () => openai.chat("gpt-4");
const inputSchema = z.object({ city: z.string() });
const weather = (execute = async () => ({ degrees: 12 }), more = {}) =>
  tool({ description: "the weather", inputSchema, execute, ...more });
const asking = (prompt, more) => ({ model: model(), prompt, stopWhen: isStepCount(3), maxRetries: 0, ...more });

const CALL = "COMPLETION gpt-4";
const usages = (spans) =>
  spans
    .filter(({ type }) => type === "COMPLETION")
    .map(({ data: { usage } }) => [usage?.inputTokens, usage?.outputTokens]);

test("tools at the same time, each with a sub-agent that streams: each in its place, usage once", async () => {
  const { spans } = await playing(async (tracer) => {
    provider.askAll(true);
    const scout = (name) =>
      weather(async ({ city }) => {
        const { text } = streamText(asking(`${name} in ${city}?`, { tools: { [`look_${name}`]: weather() } }));
        return tracer.span(`own work ${name}`, () => text);
      });
    const { text } = await generateText(asking("both?", { tools: { left: scout("left"), right: scout("right") } }));
    return text;
  });
  const sub = (name) => [
    `  CODE_EXECUTION ${name}`,
    ...[`AGENT_WORKFLOW streamText`, `  ${CALL}`, `  CODE_EXECUTION look_${name}`, `  ${CALL}`].map(
      (line) => `    ${line}`,
    ),
    `    STANDALONE own work ${name}`,
  ];
  assert.deepEqual(
    treeOf(spans).toSorted(),
    ["AGENT_WORKFLOW generateText", `  ${CALL}`, ...sub("left"), ...sub("right"), `  ${CALL}`].toSorted(),
  );
  assert.deepEqual(usages(spans), Array(6).fill([20, 7]));
});

test("an agent, whole and streamed", async () => {
  for (const isStreamed of [false, true]) {
    const { spans } = await playing(async () => {
      const agent = new ToolLoopAgent({
        model: model(),
        instructions: "be brief",
        tools: { weather: weather() },
        maxRetries: 0,
      });
      if (!isStreamed) return (await agent.generate({ prompt: "weather?" })).text;
      const texts = [];
      for await (const text of (await agent.stream({ prompt: "weather?" })).textStream) texts.push(text);
      return texts;
    });
    assert.deepEqual(treeOf(spans), [
      `AGENT_WORKFLOW ${isStreamed ? "streamText" : "generateText"}`,
      `  ${CALL}`,
      "  CODE_EXECUTION weather",
      `  ${CALL}`,
    ]);
  }
});

test("a request that is aborted, and one whose stream is, are canceled: so is what was under way", async () => {
  for (const call of [generateText, streamText]) {
    const { spans } = await playing(async () => {
      provider.silent(true);
      const abort = new AbortController();
      provider.asked().then(() => abort.abort());
      const result = await call(asking("x", { abortSignal: abort.signal, onError() {} }));
      return result.text;
    });
    assert.deepEqual(treeOf(spans), [`AGENT_WORKFLOW ${call.name} CANCELED`, `  ${CALL} CANCELED`], call.name);
  }
});

test("an abort while a tool runs cancels the tool and the call", async () => {
  const { spans } = await playing(async () => {
    const abort = new AbortController();
    const waits = weather(
      (_, { abortSignal }) =>
        new Promise((_, reject) => {
          abortSignal.addEventListener("abort", () => reject(abortSignal.reason));
          setImmediate(() => abort.abort());
        }),
    );
    const { text } = await generateText(asking("x", { abortSignal: abort.signal, tools: { weather: waits } }));
    return text;
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW generateText CANCELED",
    `  ${CALL}`,
    "  CODE_EXECUTION weather CANCELED",
  ]);
});

test("a stream that fails at first is one model call with its attempts; one that goes on failing is an error", async () => {
  const ask = (more) =>
    playing(async () => {
      provider.fail(500, ...more);
      const errors = [];
      const { textStream } = streamText(
        asking("x", { maxRetries: 1, onError: ({ error }) => errors.push(error.message) }),
      );
      const texts = [];
      for await (const text of textStream) texts.push(text);
      return [texts, errors];
    });
  const { spans: again } = await ask([]);
  assert.deepEqual(treeOf(again), ["AGENT_WORKFLOW streamText", `  ${CALL}`]);
  assert.equal(again[1].data.attempts, 2);
  assert.deepEqual(usages(again), [[20, 7]]);
  assert.deepEqual(treeOf((await ask([400])).spans), ["AGENT_WORKFLOW streamText ERROR", `  ${CALL} ERROR`]);
});

test("a stream that is torn is an error", async () => {
  const { spans } = await playing(async () => {
    provider.hold(true);
    const errors = [];
    const { textStream } = streamText(asking("x", { onError: ({ error }) => errors.push(error.constructor.name) }));
    const texts = [];
    for await (const text of textStream) {
      texts.push(text);
      provider.drop();
    }
    return [texts, errors];
  });
  assert.deepEqual(treeOf(spans), ["AGENT_WORKFLOW streamText ERROR", `  ${CALL} ERROR`]);
});

test("a call that waits for a person's approval goes on in a call of its own, with the tool in it", async () => {
  const { spans } = await playing(async () => {
    const tools = { weather: weather(undefined, { needsApproval: true }) };
    const first = await generateText(asking("x", { tools }));
    const request = first.content.find(({ type }) => type === "tool-approval-request");
    const approval = { type: "tool-approval-response", approvalId: request.approvalId, approved: true };
    const messages = [
      { role: "user", content: "x" },
      ...first.response.messages,
      { role: "tool", content: [approval] },
    ];
    const { text } = await generateText(asking(undefined, { messages, tools }));
    return text;
  });
  assert.deepEqual(treeOf(spans), [
    "AGENT_WORKFLOW generateText",
    `  ${CALL}`,
    "AGENT_WORKFLOW generateText",
    "  CODE_EXECUTION weather",
    `  ${CALL}`,
  ]);
});

test("embeddings in several requests at the same time, one of which is tried again", async () => {
  const { spans } = await playing(async () => {
    provider.fail(500);
    const embedding = openai.embedding("text-embedding-3-small");
    const values = Array.from({ length: 5000 }, (_, at) => `text ${at}`);
    return (await embedMany({ model: embedding, values, maxParallelCalls: 3, maxRetries: 1 })).usage;
  });
  const CALLED = "  COMPLETION text-embedding-3-small";
  assert.deepEqual(
    treeOf(spans).toSorted(),
    ["STANDALONE embedMany", `${CALLED} ERROR`, ...Array(3).fill(CALLED)].toSorted(),
  );
  assert.equal(spans.filter(({ data }) => data.usage?.tokens === 4).length, 3);
});

test("another integration that sleeps or throws changes nothing of ours, nor we of it", async () => {
  const asleep = () => new Promise((resolve) => setImmediate(resolve));
  const throws = () => {
    throw new Error("another's");
  };
  for (const act of [asleep, throws]) {
    const other = Object.fromEntries(
      ["onStart", "onStepStart", "onLanguageModelCallStart", "onLanguageModelCallEnd", "onEnd"].map((name) => [
        name,
        act,
      ]),
    );
    const { spans } = await playing(async () => {
      globalThis.AI_SDK_TELEMETRY_INTEGRATIONS ??= [];
      globalThis.AI_SDK_TELEMETRY_INTEGRATIONS.unshift(other);
      try {
        return (await generateText(asking("x", { tools: { weather: weather() } }))).text;
      } finally {
        globalThis.AI_SDK_TELEMETRY_INTEGRATIONS.shift();
      }
    });
    assert.deepEqual(treeOf(spans), [
      "AGENT_WORKFLOW generateText",
      `  ${CALL}`,
      "  CODE_EXECUTION weather",
      `  ${CALL}`,
    ]);
  }
});
