/** Runs of the AI SDK 4, 5 and 6 with Everspan as their tracer, each bare and observed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createOpenAI as openAI4 } from "@ai-sdk/openai-4";
import { createOpenAI as openAI5 } from "@ai-sdk/openai-5";
import { createOpenAI as openAI6 } from "@ai-sdk/openai-6";
import * as ai4 from "ai-4";
import * as ai5 from "ai-5";
import * as ai6 from "ai-6";
import { everspanTracerProvider } from "everspan/otel";
import { z } from "zod";
import { readSpan } from "../../packages/reading/src/index.ts";
import { startProvider } from "../frameworks/scripted-provider.mjs";
import { compared, treeOf } from "../harness/compared.mjs";

let provider;
before(async () => {
  provider = await startProvider();
});
after(() => provider.close());

const city = z.object({ city: z.string() });
const MAJORS = {
  4: { ai: ai4, openAI: openAI4, steps: { maxSteps: 3 }, schema: { parameters: city } },
  5: { ai: ai5, openAI: openAI5, steps: { stopWhen: ai5.stepCountIs(3) }, schema: { inputSchema: city } },
  6: { ai: ai6, openAI: openAI6, steps: { stopWhen: ai6.stepCountIs(3) }, schema: { inputSchema: city } },
};

for (const [major, { ai, openAI, steps, schema }] of Object.entries(MAJORS)) {
  let telemetry;
  const playing = (play) =>
    compared(provider, play, (tracer) => {
      telemetry = { isEnabled: true, tracer: everspanTracerProvider({ tracer }).getTracer("ai") };
      return () => {
        telemetry = undefined;
      };
    });
  const asking = (prompt, more) => ({
    model: openAI({ apiKey: "key", baseURL: provider.url, compatibility: "strict" }).chat("gpt-4"),
    prompt,
    maxRetries: 0,
    experimental_telemetry: telemetry,
    ...steps,
    ...more,
  });
  const weather = (execute = async () => ({ degrees: 12 })) =>
    ai.tool({ description: "the weather", execute, ...schema });
  const usages = (spans) =>
    spans
      .filter(({ type }) => type === "COMPLETION")
      .map((span) => readSpan(span).usage)
      .map((usage) => [usage?.inputTokens, usage?.outputTokens]);
  const text = (name, ...more) => [`STANDALONE ai.${name}`, ...more.map((line) => `  ${line}`)];
  const CALL = {
    generateText: "COMPLETION ai.generateText.doGenerate",
    streamText: "COMPLETION ai.streamText.doStream",
  };

  test(`AI SDK ${major}: tools at the same time, each with a sub-agent that streams`, async () => {
    const { spans } = await playing(async (tracer) => {
      provider.askAll(true);
      const scout = (name) =>
        weather(async ({ city }) => {
          const result = ai.streamText(asking(`${name} in ${city}?`, { tools: { [`look_${name}`]: weather() } }));
          for await (const _ of result.textStream);
          return tracer.span(`own work ${name}`, () => result.text);
        });
      return (await ai.generateText(asking("both?", { tools: { left: scout("left"), right: scout("right") } }))).text;
    });
    const sub = (name) => [
      "STANDALONE ai.toolCall",
      ...text("streamText", CALL.streamText, "STANDALONE ai.toolCall", CALL.streamText).map((line) => `  ${line}`),
      `  STANDALONE own work ${name}`,
    ];
    const whole = text("generateText", CALL.generateText, ...sub("left"), ...sub("right"), CALL.generateText);
    // Branches come as they come.
    assert.deepEqual(treeOf(spans).toSorted(), whole.toSorted());
    assert.deepEqual(usages(spans), Array(6).fill([20, 7]));
  });

  for (const name of ["generateText", "streamText"]) {
    test(`AI SDK ${major}: ${name} that is aborted is canceled`, async () => {
      const { spans } = await playing(async () => {
        provider.silent(true);
        const abort = new AbortController();
        provider.asked().then(() => abort.abort());
        const result = await ai[name](asking("x", { abortSignal: abort.signal, onError() {} }));
        if (name === "streamText") for await (const _ of result.textStream);
        return name === "streamText" ? "left" : result.text;
      });
      assert.deepEqual(
        treeOf(spans),
        text(name, CALL[name]).map((line) => `${line} CANCELED`),
      );
    });

    test(`AI SDK ${major}: ${name} that fails at first, and one that goes on failing`, async () => {
      const ask = (...failures) =>
        playing(async () => {
          provider.fail(...failures);
          const result = await ai[name](asking("x", { maxRetries: 1, onError() {} }));
          if (name === "generateText") return result.text;
          const texts = [];
          for await (const piece of result.textStream) texts.push(piece);
          return texts;
        });
      const { spans: again } = await ask(500);
      assert.deepEqual(treeOf(again), text(name, `${CALL[name]} ERROR`, CALL[name]));
      assert.deepEqual(
        usages(again).filter(([tokens]) => tokens !== undefined),
        [[20, 7]],
      );
      assert.deepEqual(
        treeOf((await ask(400)).spans),
        text(name, CALL[name]).map((line) => `${line} ERROR`),
      );
    });
  }

  test(`AI SDK ${major}: a tool that throws`, async () => {
    const { spans } = await playing(async () => {
      const fails = weather(async () => {
        throw new RangeError("no such city");
      });
      return (await ai.generateText(asking("x", { tools: { weather: fails } }))).text;
    });
    const [root, ...rest] = text("generateText", CALL.generateText, "STANDALONE ai.toolCall ERROR", CALL.generateText);
    // To the AI SDK 4 it is the whole call's failure.
    assert.deepEqual(treeOf(spans), major === "4" ? [`${root} ERROR`, ...rest.slice(0, 2)] : [root, ...rest]);
  });

  test(`AI SDK ${major}: fifty at the same time keep apart`, async () => {
    const { spans } = await playing((tracer) =>
      Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          tracer.span(`turn ${n}`, async () => (await ai.generateText(asking(`question ${n}`))).text),
        ),
      ),
    );
    assert.equal(spans.length, 150);
    for (const turn of spans.filter(({ name }) => name.startsWith("turn"))) {
      const [call] = spans.filter(({ parentId }) => parentId === turn.id);
      const [model] = spans.filter(({ parentId }) => parentId === call.id);
      assert.match(JSON.stringify(model.data), new RegExp(`question ${turn.name.slice(5)}\\b`));
    }
  });
}

test("AI SDK 6: a call that waits for a person's approval goes on in a call of its own", async () => {
  let telemetry;
  const { spans } = await compared(
    provider,
    async () => {
      const model = openAI6({ apiKey: "key", baseURL: provider.url }).chat("gpt-4");
      const weather = ai6.tool({ inputSchema: city, needsApproval: true, execute: async () => ({ degrees: 12 }) });
      const ask = (messages) =>
        ai6.generateText({
          model,
          messages,
          tools: { weather },
          experimental_telemetry: telemetry,
          stopWhen: ai6.stepCountIs(3),
        });
      const question = { role: "user", content: "x" };
      const first = await ask([question]);
      const { approvalId } = first.content.find(({ type }) => type === "tool-approval-request");
      const approval = { type: "tool-approval-response", approvalId, approved: true };
      return (await ask([question, ...first.response.messages, { role: "tool", content: [approval] }])).text;
    },
    (tracer) => {
      telemetry = { isEnabled: true, tracer: everspanTracerProvider({ tracer }).getTracer("ai") };
      return () => {
        telemetry = undefined;
      };
    },
  );
  assert.deepEqual(treeOf(spans), [
    "STANDALONE ai.generateText",
    "  COMPLETION ai.generateText.doGenerate",
    "STANDALONE ai.generateText",
    "  STANDALONE ai.toolCall",
    "  COMPLETION ai.generateText.doGenerate",
  ]);
});
