import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { query as bareQuery } from "@anthropic-ai/claude-agent-sdk";
import { MemoryExporter, Tracer } from "everspan";
import { observeQuery } from "everspan/claude-agent-sdk";

const options = {
  pathToClaudeCodeExecutable: fileURLToPath(new URL("claude-code.mjs", import.meta.url)),
  executable: "node",
};
let memory;
let tracer;
let query;
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
  query = observeQuery(bareQuery, { tracer });
});

async function messagesOf(run) {
  const messages = [];
  for await (const message of run) messages.push(message);
  return messages;
}
async function spansOf(run) {
  await (typeof run === "function" ? run() : messagesOf(run)).catch(() => {});
  await tracer.flush();
  assert.equal(tracer.stats().queue.openSpans, 0, "no span is left open");
  return memory.spans();
}
const named = (spans, name) => spans.filter((span) => span.name === name);
const below = (spans, parent) => spans.filter(({ parentId }) => parentId === parent.id);

for (const scene of ["parallel", "background", "partial", "compact", "fail", "crash", "again"]) {
  test(`${scene}: the application gets the same messages, errors and objects`, async () => {
    const outcome = async (run) => {
      const messages = [];
      try {
        for await (const message of run) messages.push(message);
      } catch (error) {
        messages.push(`${error.name}: ${error.message}`);
      }
      return messages;
    };
    const [bare, observed] = [bareQuery({ prompt: scene, options }), query({ prompt: scene, options })];
    assert.equal(observed.constructor, bare.constructor);
    assert.deepEqual(await outcome(observed), await outcome(bare));
  });
}

test("sub-agents at the same time each keep their own model calls and tools", async () => {
  const spans = await spansOf(query({ prompt: "parallel", options }));
  const [root] = named(spans, "claude agent");
  assert.equal(root.parentId, undefined);
  assert.deepEqual([root.type, root.status, root.input], ["AGENT_WORKFLOW", "OK", "parallel"]);
  assert.equal(root.output.total_cost_usd, 0.0123);
  assert.equal(root.data.sessionId, "11111111-1111-4111-8111-111111111111");
  assert.deepEqual(
    below(spans, root)
      .map(({ name }) => name)
      .sort(),
    ["Agent", "Agent", "claude-x", "claude-x"],
  );
  const calls = named(spans, "Agent");
  for (const [call, tool, prompt, said] of [
    [calls.find(({ input }) => input.prompt === "look left"), "ls left", "look left", "a file left"],
    [calls.find(({ input }) => input.prompt === "look right"), "cat right", "look right", "nothing right"],
  ]) {
    assert.deepEqual([call.type, call.output], ["CODE_EXECUTION", said]);
    const [scout, ...others] = below(spans, call);
    assert.deepEqual(
      [scout.name, scout.type, scout.input, scout.output, others.length],
      ["scout", "AGENT_WORKFLOW", prompt, said, 0],
    );
    const own = below(spans, scout);
    assert.deepEqual(own.map(({ name }) => name).sort(), ["Bash", "claude-y", "claude-y"]);
    assert.equal(own.find(({ name }) => name === "Bash").input.command, tool);
  }
  const failed = named(spans, "Bash").find(({ input }) => input.command === "cat right");
  assert.deepEqual([failed.status, failed.error.type, failed.error.message], ["ERROR", "ToolError", "exit 1"]);
  assert.ok(spans.every(({ startTime, endTime }) => startTime >= root.startTime && endTime <= root.endTime));
});

test("each message id is one model call, with its last usage and all that was said before", async () => {
  const spans = await spansOf(query({ prompt: "parallel", options }));
  const models = spans.filter(({ type }) => type === "COMPLETION");
  assert.deepEqual(models.map(({ data }) => data.responseId).sort(), [
    "msg_1",
    "msg_2",
    "msg_3",
    "msg_4",
    "msg_5",
    "msg_6",
  ]);
  const [first, last] = ["msg_1", "msg_6"].map((id) => models.find(({ data }) => data.responseId === id));
  assert.equal(first.data.usage.output_tokens, 9);
  assert.deepEqual([first.data.model, first.data.requestId], ["claude-x", "req_msg_1"]);
  assert.deepEqual(first.input, { messages: [{ role: "user", content: "parallel" }] });
  assert.deepEqual(
    first.output.content.map(({ type }) => type),
    ["text", "tool_use", "tool_use"],
  );
  assert.equal(first.output.stop_reason, "tool_use");
  assert.deepEqual(
    last.input.messages.map(({ role }) => role),
    ["user", "assistant", "user", "user"],
  );
  assert.equal(last.output.content[0].text, "bye");
});

test("a sub-agent in the background outlives the call that began it", async () => {
  const spans = await spansOf(query({ prompt: "background", options }));
  const [scout] = named(spans, "scout");
  const [call] = named(spans, "Agent");
  assert.deepEqual([call.output, scout.output, scout.status, scout.parentId], ["launched", "found it", "OK", call.id]);
  assert.equal(below(spans, scout)[0].output.content[0].text, "found");
});

test("partial messages tell the last usage and the reason", async () => {
  const spans = await spansOf(query({ prompt: "partial", options: { ...options, includePartialMessages: true } }));
  const [model] = named(spans, "claude-x");
  assert.deepEqual(
    [model.data.usage.output_tokens, model.data.usage.input_tokens, model.output.stop_reason],
    [17, 3, "end_turn"],
  );
  assert.deepEqual(model.output.content, [{ type: "text", text: "bye" }]);
});

test("a history that was cut is not told as if it were whole", async () => {
  const spans = await spansOf(query({ prompt: "compact", options }));
  const second = spans.find(({ data }) => data?.responseId === "msg_2");
  assert.deepEqual(second.input, { messages: [] });
  assert.equal(named(spans, "claude agent")[0].data.compacted.trigger, "auto");
});

test("a run that fails, and one whose process ends, are errors; what was open is closed", async () => {
  const failed = named(await spansOf(query({ prompt: "fail", options })), "claude agent")[0];
  assert.deepEqual(
    [failed.status, failed.error.type, failed.error.message],
    ["ERROR", "error_max_turns", "too many turns"],
  );
  memory.clear?.();
  const spans = await spansOf(query({ prompt: "crash", options }));
  const crashed = named(spans, "claude agent").at(-1);
  assert.equal(crashed.status, "ERROR");
  assert.equal(named(spans, "Bash")[0].status, "CANCELED");
});

test("a session that goes on is a run of its own, says so, and counts only what it used itself", async () => {
  const session = "11111111-1111-4111-8111-111111111111";
  const first = await spansOf(query({ prompt: "plain", options }));
  assert.equal(named(first, "claude agent")[0].data.resumed, undefined);
  for (const [how, resumedFrom, sessionId] of [
    [{ resume: session }, session, session],
    [{ continue: true }, "latest", session],
    [{ resume: session, forkSession: true }, session, "22222222-2222-4222-8222-222222222222"],
  ]) {
    memory.reset();
    const bare = await messagesOf(bareQuery({ prompt: "plain", options: { ...options, ...how } }));
    let observed;
    const spans = await spansOf(async () => {
      observed = await messagesOf(query({ prompt: "plain", options: { ...options, ...how } }));
    });
    assert.deepEqual(observed, bare);
    const [root, model, ...others] = spans;
    assert.deepEqual(others, []);
    assert.deepEqual(
      [root.data.resumed, root.data.forked, root.data.sessionId, root.output.total_cost_usd],
      [resumedFrom, how.forkSession, sessionId, 0.0246],
    );
    assert.equal(model.parentId, root.id);
    assert.deepEqual(model.input, { messages: [{ role: "user", content: "plain" }] });
    assert.equal(model.data.usage.output_tokens, 5);
  }
});

test("requests that Claude Code sends again are counted: on the call, where it is known whose they were", async () => {
  const spans = await spansOf(query({ prompt: "again", options }));
  assert.equal(named(spans, "claude agent")[0].data.apiRetries, 3);
  assert.deepEqual(
    spans.filter(({ type }) => type === "COMPLETION").map(({ data }) => [data.responseId, data.attempts]),
    [
      ["msg_1", 3],
      ["msg_2", undefined],
      ["msg_3", undefined],
      ["msg_4", undefined],
    ],
  );
});

test("an integration whose parts all fail changes nothing", async () => {
  const fails = () => {
    throw new Error("broken");
  };
  const broken = new Tracer({
    exporters: [
      { name: "throws", export: fails },
      { name: "hangs", export: () => new Promise(() => {}) },
    ],
    processors: [fails],
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const observed = observeQuery(bareQuery, { tracer: broken })({ prompt: "parallel", options });
  assert.deepEqual(await messagesOf(observed), await messagesOf(bareQuery({ prompt: "parallel", options })));
});

test("an interrupt, a break and a close are no errors", async () => {
  async function* waiting() {
    yield { type: "user", message: { role: "user", content: "wait" }, parent_tool_use_id: null, session_id: "" };
    await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
  }
  const ends = {
    interrupt: async (run) => {
      for await (const message of run) {
        if (message.type === "assistant") await run.interrupt();
        if (message.type === "result") break;
      }
    },
    break: async (run) => {
      for await (const message of run) if (message.type === "assistant") break;
    },
    close: async (run) => {
      for await (const message of run) if (message.type === "assistant") run.close();
    },
  };
  for (const [name, end] of Object.entries(ends)) {
    memory = new MemoryExporter();
    tracer = new Tracer({ exporters: [memory] });
    const run = observeQuery(bareQuery, { tracer })({ prompt: waiting(), options });
    const spans = await spansOf(() => end(run));
    const [root] = named(spans, "claude agent");
    assert.equal(root.status, "CANCELED", name);
    assert.deepEqual(root.input, { messages: [{ role: "user", content: "wait" }] });
    assert.equal(named(spans, "Bash")[0].status, "CANCELED", name);
    run.close();
  }
});

test("the run is under the span that is active where it begins; six at the same time stay apart", async () => {
  const spans = await spansOf(() =>
    Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        tracer.span(`turn ${at}`, () => messagesOf(query({ prompt: "parallel", options }))),
      ),
    ),
  );
  const roots = named(spans, "claude agent");
  assert.equal(roots.length, 6);
  for (const root of roots) {
    const own = spans.filter(({ traceId }) => traceId === root.traceId);
    assert.equal(own.length, 14);
    assert.match(own.find(({ id }) => id === root.parentId).name, /^turn/);
  }
});
