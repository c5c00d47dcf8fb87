import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SqliteTraceStore } from "../../store/sqlite/sqlite-trace-store.ts";
import { importFile } from "../import-file.ts";
import { ImportRecord } from "../import-record.ts";

let folder: string;
let store: SqliteTraceStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-import-"));
  store = new SqliteTraceStore({ path: ":memory:" });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function take(content: string, name = "export.json") {
  const path = join(folder, name);
  writeFileSync(path, content);
  const write = async (...[snapshots, order]: Parameters<Parameters<typeof importFile>[0]["target"]["write"]>) =>
    (await store.write("p", snapshots, { order })).filter((verdict) => verdict === "stored-new").length;
  const record = new ImportRecord(join(folder, "records"), path, "memory");
  return importFile({ path, target: { name: "memory", write, close: async () => {} }, record });
}

const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");
const spansOf = async (traceId: string) =>
  new Map(
    (await store.listSpans("p", { traceId, limit: 1000, offset: 0, orderBy: "start_time", descending: false })).map(
      (span) => [span.id, span],
    ),
  );
const summary = async () => (await store.listTraces("p", { limit: 10 })).traces[0]!;

describe("Langfuse", () => {
  const generation = {
    id: "obs-1",
    traceId: "trace-1",
    type: "GENERATION",
    name: "chat",
    startTime: "2026-03-01T10:00:00.000Z",
    endTime: "2026-03-01T10:00:02.000Z",
    model: "gpt-4o",
    input: [{ role: "user", content: "hi" }],
    output: { role: "assistant", content: "hello" },
    usageDetails: { input: 20, input_cached_tokens: 8, output: 5 },
    costDetails: { total: 0.003 },
    level: "DEFAULT",
    parentObservationId: null,
  };
  const trace = {
    id: "trace-1",
    name: "my trace",
    timestamp: "2026-03-01T10:00:00.000Z",
    sessionId: "sess",
    userId: "u",
  };
  const asRow = (row: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        typeof value === "object" && value !== null ? JSON.stringify(value) : value,
      ]),
    );
  const blob = {
    ...asRow(generation),
    start_time: "2026-03-01 10:00:00.000000",
    end_time: "2026-03-01 10:00:02.000000",
    trace_name: "my trace",
    session_id: "sess",
    user_id: "u",
  };

  test.each<[string, string]>([
    ["a trace with its observations", JSON.stringify({ ...trace, observations: [generation] })],
    ["a trace beside its observations", JSON.stringify({ trace, observations: [generation] }, undefined, 2)],
    ["rows of its blob storage", lines([blob])],
    ["a list of rows, and traces in another", JSON.stringify([trace, generation])],
  ])("%s", async (_what, content) => {
    expect(await take(content)).toMatchObject({ format: "Langfuse export", refused: 0 });
    const span = (await spansOf("trace-1")).get("obs-1");
    expect(span).toMatchObject({
      name: "chat",
      type: "COMPLETION",
      parentId: "trace-1",
      model: "gpt-4o",
      durationMs: 2000,
    });
    expect(span).toMatchObject({ inputTokens: 28, outputTokens: 5, costUsd: 0.003, input: generation.input });
    expect(await summary()).toMatchObject({ name: "my trace", session: "sess", user: "u", durationMs: 2000 });
    expect(await take(content)).toMatchObject({ changed: 0 });
  });

  test("a page of its API, and a row without a start", async () => {
    const report = await take(
      JSON.stringify({ data: [generation, { ...generation, id: "obs-2", startTime: null }], meta: { page: 1 } }),
    );
    expect(report.problems).toEqual([expect.stringContaining('startTime of "obs-2" must be an instant, got nothing')]);
    expect([...(await spansOf("trace-1")).keys()].sort()).toEqual(["obs-1", "trace-1"]);
  });

  test("scores are no spans", async () => {
    await expect(
      take(lines([{ id: "s", trace_id: "t", name: "quality", value: 1, data_type: "NUMERIC" }])),
    ).rejects.toThrow("no known format");
  });
});

describe("Phoenix", () => {
  const span = {
    id: "U3Bhbjox",
    name: "ChatCompletion",
    context: { trace_id: "5b8efff798038103d269b633813fc60c", span_id: "eee19b7ec3c1b174" },
    span_kind: "LLM",
    parent_id: null,
    start_time: "2026-03-01T10:00:00+00:00",
    end_time: "2026-03-01T10:00:02+00:00",
    status_code: "OK",
    status_message: "",
    attributes: {
      "llm.model_name": "gpt-4o",
      "llm.token_count.prompt": 12,
      "llm.token_count.completion": 3,
      "llm.input_messages": [{ "message.role": "user", "message.content": "hi" }],
      "llm.output_messages": [{ message: { role: "assistant", content: "hello" } }],
      metadata: { run: 7 },
    },
    events: [],
  };
  const frame = {
    name: span.name,
    span_kind: "LLM",
    "context.trace_id": span.context.trace_id,
    "context.span_id": span.context.span_id,
    start_time: Date.parse(span.start_time),
    end_time: Date.parse(span.end_time),
    status_code: "OK",
    ...Object.fromEntries(Object.entries(span.attributes).map(([name, value]) => [`attributes.${name}`, value])),
    "attributes.llm.tools": null,
  };
  const nested = {
    ...span,
    attributes: {
      llm: {
        model_name: "gpt-4o",
        token_count: { prompt: 12, completion: 3 },
        input_messages: span.attributes["llm.input_messages"],
        output_messages: span.attributes["llm.output_messages"],
      },
    },
  };
  test.each<[string, string]>([
    ["a page of its API", JSON.stringify({ data: [span], next_cursor: null })],
    ["lines", lines([span, span])],
    ["a trace of its command line", JSON.stringify({ traceId: span.context.trace_id, spans: [span], status: "OK" })],
    ["attributes in objects", JSON.stringify([nested])],
    ["records of a data frame", JSON.stringify([frame])],
  ])("%s", async (_what, content) => {
    expect(await take(content)).toMatchObject({ format: "Phoenix export", refused: 0 });
    const stored = (await spansOf(span.context.trace_id)).get(span.context.span_id)!;
    expect(stored).toMatchObject({
      type: "COMPLETION",
      model: "gpt-4o",
      inputTokens: 12,
      outputTokens: 3,
      durationMs: 2000,
    });
    expect(stored.input).toMatchObject({ messages: [{ role: "user", content: "hi" }] });
    expect(stored.output).toMatchObject({ messages: [{ role: "assistant", content: "hello" }] });
    expect(await take(content)).toMatchObject({ changed: 0 });
  });

  test("a span without a hex id is refused by name", async () => {
    const report = await take(lines([span, { ...span, context: { trace_id: "x", span_id: "y" } }]));
    expect(report.problems).toEqual(["line 2: context.trace_id must have 32 hex digits"]);
  });
});

describe("Claude Code", () => {
  const SESSION = "2ff46cd5-f4e7-4724-bb20-579dae7956ea";
  const at = (second: number) => `2026-03-01T22:38:${String(second).padStart(2, "0")}.000Z`;
  const base = { sessionId: SESSION, version: "2.1.63", cwd: "/srv/app", gitBranch: "main", isSidechain: false };
  const user = (uuid: string, second: number, content: unknown, more: object = {}) => ({
    ...base,
    type: "user",
    uuid,
    timestamp: at(second),
    message: { role: "user", content },
    ...more,
  });
  const assistant = (uuid: string, second: number, id: string, part: unknown, usage: object, more: object = {}) => ({
    ...base,
    type: "assistant",
    uuid,
    timestamp: at(second),
    requestId: `req-${id}`,
    message: {
      id,
      type: "message",
      role: "assistant",
      model: "claude-opus-4-6",
      content: [part],
      stop_reason: null,
      usage,
    },
    ...more,
  });
  const usage = { input_tokens: 10, cache_read_input_tokens: 90, cache_creation_input_tokens: 0, output_tokens: 5 };
  const session = [
    { type: "file-history-snapshot", messageId: "x", snapshot: {}, isSnapshotUpdate: false },
    user("u1", 0, "<local-command-caveat>", { isMeta: true }),
    user("u2", 1, "list the files"),
    assistant("a1", 3, "msg_1", { type: "thinking", thinking: "hm" }, { ...usage, output_tokens: 1 }),
    assistant("a2", 4, "msg_1", { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" } }, usage),
    user("u3", 6, [{ type: "tool_result", tool_use_id: "toolu_1", content: "a.txt", is_error: false }], {
      toolUseResult: { stdout: "a.txt", stderr: "" },
    }),
    assistant("a3", 8, "msg_2", { type: "text", text: "There is a.txt." }, usage),
    { type: "summary", summary: "Files", leafUuid: "a3" },
    user("u4", 20, "ask an agent"),
    assistant(
      "a4",
      21,
      "msg_3",
      { type: "tool_use", id: "toolu_2", name: "Task", input: { prompt: "look", subagent_type: "x" } },
      usage,
    ),
  ];
  const ended = [
    user("u5", 30, [{ type: "tool_result", tool_use_id: "toolu_2", content: "done", is_error: true }], {
      toolUseResult: { agentId: "a77", status: "completed" },
    }),
    assistant("a5", 31, "msg_4", { type: "text", text: "It failed." }, usage),
  ];
  const agent = [
    user("s1", 22, "look", { isSidechain: true, agentId: "a77" }),
    assistant("s2", 24, "msg_9", { type: "text", text: "seen" }, usage, { isSidechain: true, agentId: "a77" }),
  ];

  test("a session is a trace of turns, calls and tools", async () => {
    const report = await take(lines([...session, ...ended]), "s.jsonl");
    expect(report).toMatchObject({ format: "Claude Code session", refused: 0, traceIds: [SESSION] });
    expect([...report.leftOut]).toEqual([
      ["file-history-snapshot", 1],
      ["summary", 1],
    ]);
    const spans = [...(await spansOf(SESSION)).values()];
    const named = (name: string) => spans.filter((span) => span.name === name);
    const [root] = named("Claude Code");
    const turns = named("turn");
    const calls = named("claude-opus-4-6");
    const [bash] = named("Bash");
    const [task] = named("Task");
    expect(spans).toHaveLength(1 + 2 + 4 + 2);
    expect(root).toMatchObject({
      output: "It failed.",
      data: { cwd: "/srv/app", gitBranch: "main" },
      durationMs: 31_000,
    });
    expect(turns.map(({ durationMs, output }) => [durationMs, output])).toEqual([
      [7000, "There is a.txt."],
      [11_000, "It failed."],
    ]);
    expect(calls.map(({ parentId }) => parentId)).toEqual([turns[0]!.id, turns[0]!.id, turns[1]!.id, turns[1]!.id]);
    expect(calls[0]).toMatchObject({ durationMs: 3000, inputTokens: 100, outputTokens: 5, model: "claude-opus-4-6" });
    expect((calls[1]!.input as { messages: unknown[] }).messages).toEqual([
      { role: "user", content: "<local-command-caveat>" },
      { role: "user", content: "list the files" },
      { role: "assistant", content: [{ type: "thinking", thinking: "hm" }, expect.objectContaining({ name: "Bash" })] },
      { role: "user", content: [expect.objectContaining({ tool_use_id: "toolu_1" })] },
    ]);
    expect(bash).toMatchObject({ input: { command: "ls" }, output: "a.txt", durationMs: 2000, parentId: turns[0]!.id });
    expect(bash!.data).toMatchObject({ toolUseResult: { stdout: "a.txt" } });
    expect(task).toMatchObject({ status: "ERROR", error: { message: "done" } });
    expect(await summary()).toMatchObject({
      inputTokens: 400,
      outputTokens: 20,
      session: SESSION,
      asked: "list the files",
    });
  });

  test("a session that grew is taken again: what is new comes in, and an older copy takes nothing back", async () => {
    await take(lines(session), "s.jsonl");
    await take(lines([...session, ...ended]), "s.jsonl");
    const grown = await spansOf(SESSION);
    expect(await take(lines(session), "s.jsonl")).toMatchObject({ changed: 0 });
    expect(await spansOf(SESSION)).toEqual(grown);
    await store.close();
    store = new SqliteTraceStore({ path: ":memory:" });
    await take(lines([...session, ...ended]), "s.jsonl");
    expect([...(await spansOf(SESSION)).keys()].sort()).toEqual([...grown.keys()].sort());
  });

  test.each<[string, boolean]>([
    ["in a file of its own, before the session's", true],
    ["in a file of its own, after it", false],
  ])("an agent %s stands under the tool that started it", async (_when, isFirst) => {
    const whole = lines([...session, ...ended]);
    if (isFirst) await take(lines(agent), "agent-a77.jsonl");
    await take(whole, "s.jsonl");
    if (!isFirst) await take(lines(agent), "agent-a77.jsonl");
    const spans = await spansOf(SESSION);
    const started = [...spans.values()].find(({ name }) => name === "agent")!;
    expect(spans.get(started.parentId!)).toMatchObject({ name: "Task" });
    expect([...spans.values()].filter(({ parentId }) => parentId === started.id)).toMatchObject([
      { name: "claude-opus-4-6", input: { messages: [{ role: "user", content: "look" }] } },
    ]);
    expect(await summary()).toMatchObject({ inputTokens: 500 });
  });

  test("an agent within the session's file stands under the tool that told it the same", async () => {
    const chain = [
      user("s1", 22, "look", { isSidechain: true }),
      assistant("s2", 24, "msg_9", { type: "text", text: "seen" }, usage, { isSidechain: true, parentUuid: "s1" }),
    ];
    const unnamed = [user("u5", 30, [{ type: "tool_result", tool_use_id: "toolu_2", content: "done" }])];
    await take(lines([...session, ...chain, ...unnamed]), "s.jsonl");
    const spans = await spansOf(SESSION);
    const started = [...spans.values()].find(({ name }) => name === "agent")!;
    expect(spans.get(started.parentId!)).toMatchObject({ name: "Task", output: "done" });
  });

  test("a folded history begins anew, and an error of the API is one", async () => {
    const folded = user("c1", 40, "This session is being continued", { isCompactSummary: true });
    const failed = assistant(
      "f1",
      42,
      "msg_5",
      { type: "text", text: "API Error: 529" },
      {},
      { isApiErrorMessage: true },
    );
    await take(lines([...session, ...ended, folded, failed]), "s.jsonl");
    const last = [...(await spansOf(SESSION)).values()].find(
      ({ status, type }) => type === "COMPLETION" && status === "ERROR",
    );
    expect(last).toMatchObject({ error: { type: "ApiError", message: "API Error: 529" } });
    expect((last!.input as { messages: unknown[] }).messages).toEqual([
      { role: "user", content: folded.message.content },
    ]);
  });

  test("a line without its fields is refused by name", async () => {
    const report = await take(lines([...session, { ...user("x", 1, "y"), timestamp: undefined }]), "s.jsonl");
    expect(report.problems).toEqual([expect.stringMatching(/^line 11: timestamp of a line with type "user"/)]);
  });
});

describe("mini-swe-agent", () => {
  const response = (id: string, created: number) => ({
    id,
    created,
    model: "drawn-1",
    usage: { prompt_tokens: 10, completion_tokens: 2, cost: 0.01 },
    choices: [{ message: { role: "assistant", content: "x" } }],
  });
  const trajectory = {
    trajectory_format: "mini-swe-agent-1",
    instance_id: "run-1",
    info: { exit_status: "LimitsExceeded", submission: "", mini_version: "1.15.0" },
    messages: [
      { role: "system", content: "You solve." },
      { role: "user", content: "Mend it." },
      { role: "assistant", content: "```bash\nls\n```", extra: { response: response("r1", 1_700_000_000) } },
      { role: "user", content: "<returncode>0</returncode>" },
      { role: "assistant", content: "no command", extra: { response: response("r2", 1_700_000_005) } },
      { role: "user", content: "Give exactly one." },
    ],
  };

  test("each step is a call with the history before it, and its command", async () => {
    expect(await take(JSON.stringify(trajectory, undefined, 2))).toMatchObject({ spans: 4, refused: 0 });
    const { traceId } = await summary();
    expect(await summary()).toMatchObject({
      name: "run-1",
      status: "ERROR",
      inputTokens: 20,
      costUsd: 0.02,
      asked: "Mend it.",
    });
    const spans = [...(await spansOf(traceId)).values()];
    expect(spans.find(({ name }) => name === "bash")).toMatchObject({
      input: { command: "ls" },
      output: "<returncode>0</returncode>",
    });
    const histories = spans
      .filter(({ type }) => type === "COMPLETION")
      .map(({ input }) => (input as { messages: unknown[] }).messages.length);
    expect(histories).toEqual([2, 4]);
  });

  test.each<[string, object, RegExp]>([
    ["no reply", { messages: trajectory.messages.slice(0, 2) }, /expected at least one of an assistant/],
    ["no times", { messages: [{ role: "assistant", content: "x" }] }, /expected a time/],
    ["a role that is a number", { messages: [{ role: 1 }] }, /messages\[0\]\.role must be a text, got a number/],
  ])("%s is refused by name", async (_what, changes, message) => {
    const report = await take(JSON.stringify({ ...trajectory, ...changes }));
    expect(report.problems).toEqual([expect.stringMatching(message)]);
  });
});
