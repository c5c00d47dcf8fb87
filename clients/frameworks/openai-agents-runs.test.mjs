/** Runs of the OpenAI Agents SDK, each bare and observed: tools at the same time, handoffs, aborts, retries, going on. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  RunState,
  run,
  setTraceProcessors,
  setTracingDisabled,
  tool,
} from "@openai/agents";
import { everspanProcessor } from "everspan/openai-agents";
import OpenAI from "openai";
import { z } from "zod";
import { assertUsage, compared, treeOf } from "../harness/compared.mjs";
import { startProvider } from "./scripted-provider.mjs";

let provider;
before(async () => {
  provider = await startProvider();
  setTracingDisabled(false);
});
after(() => provider.close());

const observe = (tracer) => {
  setTraceProcessors([everspanProcessor({ tracer })]);
  return () => setTraceProcessors([]);
};
const playing = (play) => {
  setTraceProcessors([]);
  return compared(provider, play, observe);
};
const client = (options) => new OpenAI({ apiKey: "key", baseURL: provider.url, maxRetries: 0, ...options });
const responses = (options) => new OpenAIResponsesModel(client(options), "gpt-4o");
const parameters = z.object({ city: z.string() });
const toolOf = (name, execute, more) => tool({ name, description: `the ${name}`, parameters, execute, ...more });
const weather = (more) => toolOf("weather", async ({ city }) => ({ city, degrees: 12 }), more);

/** Without the turns and the task, which hold together what is under them. */
function shown(spans) {
  const kept = (id) => {
    const span = spans.find((one) => one.id === id);
    return span?.data?.kind === undefined || span.data.kind === "custom" ? id : kept(span.parentId);
  };
  return treeOf(
    spans
      .filter(({ id }) => kept(id) === id)
      .map((span) => ({ ...span, parentId: span.parentId === undefined ? undefined : kept(span.parentId) })),
  );
}

const RUN = "AGENT_WORKFLOW Agent workflow";
const CALL = "COMPLETION gpt-scripted-1";

test("tools at the same time, one of which fails, with spans of their own", async () => {
  const { spans } = await playing(async (tracer) => {
    provider.askAll(true);
    const left = toolOf("left", ({ city }) => tracer.span("own left", () => city));
    const right = toolOf("right", () => {
      throw new RangeError("no such city");
    });
    const agent = new Agent({ name: "guide", model: responses(), tools: [left, right] });
    return (await run(agent, "both?")).finalOutput;
  });
  assert.deepEqual(shown(spans), [
    RUN,
    "  AGENT_WORKFLOW guide",
    `    ${CALL}`,
    "    CODE_EXECUTION left",
    "      STANDALONE own left",
    "    CODE_EXECUTION right ERROR",
    `    ${CALL}`,
  ]);
  assertUsage(spans, 2);
});

test("an agent that hands off to another", async () => {
  const { spans } = await playing(async () => {
    const second = new Agent({ name: "second", model: responses() });
    const first = new Agent({ name: "first", model: responses(), handoffs: [second] });
    return (await run(first, "hand me on")).finalOutput;
  });
  assert.deepEqual(shown(spans), [
    RUN,
    "  AGENT_WORKFLOW first",
    `    ${CALL}`,
    "    STANDALONE handoff to second",
    "  AGENT_WORKFLOW second",
    `    ${CALL}`,
  ]);
  assertUsage(spans, 2);
});

for (const [Model, name] of [
  [OpenAIResponsesModel, "model"],
  [OpenAIChatCompletionsModel, "gpt-4o"],
]) {
  const CANCELED = [RUN, "  AGENT_WORKFLOW guide", `    COMPLETION ${name}`].map((line) => `${line} CANCELED`);
  const agent = () => new Agent({ name: "guide", model: new Model(client(), "gpt-4o") });
  for (const stream of [false, true]) {
    test(`a run that is aborted is canceled, with what was under way: ${Model.name}${stream ? ", streamed" : ""}`, async () => {
      const { spans } = await playing(async () => {
        provider.silent(true);
        const abort = new AbortController();
        provider.asked().then(() => abort.abort());
        const result = await run(agent(), "x", { stream, signal: abort.signal });
        if (stream) for await (const _ of result);
      });
      assert.deepEqual(shown(spans), CANCELED);
    });
  }

  test(`a stream that is aborted after its first piece: ${Model.name}`, async () => {
    const { spans } = await playing(async () => {
      provider.hold(true);
      const abort = new AbortController();
      const result = await run(agent(), "x", { stream: true, signal: abort.signal });
      for await (const { type } of result) if (type === "raw_model_stream_event") abort.abort();
    });
    assert.deepEqual(shown(spans), CANCELED);
  });

  test(`a stream whose reader leaves: ${Model.name}`, async () => {
    const { spans } = await playing(async () => {
      const result = await run(agent(), "x", { stream: true });
      for await (const { type } of result) if (type === "raw_model_stream_event") break;
    });
    assert.deepEqual(shown(spans), CANCELED);
  });
}

test("an abort while a tool runs", async () => {
  const { spans } = await playing(async () => {
    const abort = new AbortController();
    const waits = toolOf(
      "waits",
      (_, __, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          setImmediate(() => abort.abort());
        }),
    );
    const agent = new Agent({ name: "guide", model: responses(), tools: [waits] });
    return (await run(agent, "x", { signal: abort.signal })).finalOutput;
  });
  assert.deepEqual(shown(spans), [
    `${RUN} CANCELED`,
    "  AGENT_WORKFLOW guide CANCELED",
    `    ${CALL}`,
    "    CODE_EXECUTION waits CANCELED",
  ]);
});

test("a request that its client sends again, and one that the run does", async () => {
  for (const [options, modelSettings, failed] of [
    [{ maxRetries: 1 }, {}, []],
    [
      {},
      { retry: { maxRetries: 1, backoff: { initialDelayMs: 1 }, policy: () => true } },
      ["    COMPLETION model ERROR"],
    ],
  ]) {
    const { spans } = await playing(async () => {
      provider.fail(500);
      const agent = new Agent({ name: "guide", model: responses(options), modelSettings });
      return (await run(agent, "x")).finalOutput;
    });
    assert.deepEqual(shown(spans), [RUN, "  AGENT_WORKFLOW guide", ...failed, `    ${CALL}`]);
    assertUsage(spans, 1);
  }
});

test("a run that waits for a person's approval goes on: as it is, from its text, streamed", async () => {
  for (const how of ["as it is", "from its text", "streamed"]) {
    const { spans } = await playing(async () => {
      const stream = how === "streamed";
      const agent = new Agent({ name: "guide", model: responses(), tools: [weather({ needsApproval: true })] });
      const runner = new Runner({ groupId: "conversation-1" });
      const first = await runner.run(agent, "x", { stream });
      if (stream) for await (const _ of first);
      const state = how === "from its text" ? await RunState.fromString(agent, first.state.toString()) : first.state;
      for (const interruption of state.getInterruptions()) state.approve(interruption);
      const second = await runner.run(agent, state, { stream });
      if (stream) for await (const _ of second);
      return [first.interruptions.length, second.finalOutput];
    });
    assert.deepEqual(
      shown(spans),
      [
        RUN,
        "  AGENT_WORKFLOW guide",
        `    ${CALL}`,
        RUN,
        "  AGENT_WORKFLOW guide",
        "    CODE_EXECUTION weather",
        `    ${CALL}`,
      ],
      how,
    );
    assertUsage(spans, 2);
    const roots = spans.filter(({ parentId }) => parentId === undefined);
    assert.equal(new Set(roots.map(({ data }) => data.openaiTraceId)).size, 1);
    assert.deepEqual(
      roots.map(({ data }) => data.sessionId),
      ["conversation-1", "conversation-1"],
    );
  }
});

test("a run that has too many turns, and one whose guardrail trips", async () => {
  const { spans: many } = await playing(async () => {
    const agent = new Agent({ name: "guide", model: responses(), tools: [weather()] });
    return (await run(agent, "x", { maxTurns: 1 })).finalOutput;
  });
  assert.deepEqual(shown(many), [
    `${RUN} ERROR`,
    "  AGENT_WORKFLOW guide ERROR",
    `    ${CALL}`,
    "    CODE_EXECUTION weather",
  ]);
  const { spans: tripped } = await playing(async () => {
    const guard = {
      name: "guard",
      runInParallel: false,
      execute: async () => ({ tripwireTriggered: true, outputInfo: {} }),
    };
    const agent = new Agent({ name: "guide", model: responses(), inputGuardrails: [guard] });
    return (await run(agent, "x")).finalOutput;
  });
  assert.deepEqual(shown(tripped), [`${RUN} ERROR`, "  AGENT_WORKFLOW guide ERROR", "    GUARDRAIL guard"]);
  assert.equal(tripped.find(({ name }) => name === "guard").data.triggered, true);
});
