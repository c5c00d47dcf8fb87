import { NATIVE_FORMAT, type SpanSnapshot } from "@everspan/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CollectorFixture } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeEach(async () => {
  fixture = await CollectorFixture.start();
});
afterEach(() => fixture.stop());

const call = (id: string, second: number, messages: unknown[], content: unknown, more: object = {}): SpanSnapshot => ({
  phase: "ended",
  revision: 2,
  traceId: "trace-1",
  id,
  parentId: "root",
  name: "chat",
  type: "COMPLETION",
  status: "OK",
  startTime: `2026-01-31T12:00:0${second}.000000Z`,
  endTime: `2026-01-31T12:00:0${second}.500000Z`,
  input: { model: "gpt-4o", messages, tools: [{ type: "function", function: { name: "ls", parameters: {} } }] },
  output: { model: "gpt-4o", choices: [{ message: content }], usage: { prompt_tokens: 9, completion_tokens: 2 } },
  ...more,
});
const ask = { role: "user", content: "list <b>files</b> ![x](http://evil)" };
const toolCall = { id: "c1", type: "function", function: { name: "ls", arguments: '{"path":"."}' } };
const asked = { role: "assistant", content: null, tool_calls: [toolCall] };
const result = { role: "tool", tool_call_id: "c1", content: "a.txt\n```\nrm\n```" };
const answer = { role: "assistant", content: "There is `a.txt`.\n```sh\n<left open>" };
const spans: SpanSnapshot[] = [
  {
    phase: "ended",
    revision: 2,
    traceId: "trace-1",
    id: "root",
    name: "agent",
    type: "AGENT_WORKFLOW",
    status: "OK",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:09.000000Z",
    input: { question: "files?" },
    output: "one",
  },
  call("call-1", 1, [ask], asked),
  { ...call("tool-1", 2, [], {}), name: "ls", type: "CODE_EXECUTION", input: { path: "." }, output: "a.txt" },
  call("call-2", 3, [ask, asked, result], answer),
  call("other", 4, [{ role: "user", content: "judge it" }], { role: "assistant", content: "good" }),
];

beforeEach(async () => {
  const body = { format: NATIVE_FORMAT, spans };
  expect((await fixture.send("POST", "/v1/everspan/batch", body)).status).toBe(200);
});

const exported = async (format: string) => (await fixture.get(`/api/traces/trace-1/export?format=${format}`)).text();
const linesOf = async (format: string) =>
  (await exported(format))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a trace as a file", () => {
  test("of snapshots, when nothing else is asked for", async () => {
    const response = await fixture.get("/api/traces/trace-1/export");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="trace-1.jsonl"');
    const lines = (await response.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(spans);
  });

  test("for fine-tuning: each conversation once, with its tools", async () => {
    const tools = [{ type: "function", function: { name: "ls", parameters: {} } }];
    expect(await linesOf("chat")).toEqual([
      {
        messages: [
          ask,
          { ...asked, tool_calls: [{ ...toolCall, function: { name: "ls", arguments: '{"path":"."}' } }] },
          result,
          answer,
        ],
        tools,
      },
      {
        messages: [
          { role: "user", content: "judge it" },
          { role: "assistant", content: "good" },
        ],
        tools,
      },
    ]);
  });

  test("for evaluation: input, output and the figures", async () => {
    expect(await linesOf("evaluation")).toEqual([
      expect.objectContaining({
        id: "trace-1",
        input: { question: "files?" },
        output: "one",
        metadata: expect.objectContaining({ tools: { ls: 1 }, inputTokens: 27, models: ["gpt-4o"], status: "OK" }),
      }),
    ]);
  });

  test("to be read: nothing of it loads or leaves its code", async () => {
    const text = await exported("markdown");
    expect(text).toContain("# agent\n");
    expect(text).toContain("list &lt;b>files&lt;/b> !\\[x](http://evil)");
    expect(text).toContain('**Calls `ls`**\n\n```json\n{\n  "path": "."\n}\n```');
    expect(text).toContain("````\na.txt\n```\nrm\n```\n````");
    expect(text).toContain("```sh\n<left open>\n```");
    expect(text.match(/## User/g)).toHaveLength(2);
  });

  test("X27 a trace's id becomes a plain file name, and no header of its own", async () => {
    const traceId = 'a";\r\nset-cookie: b=c; \u{1f4a3}.html';
    const [first] = spans;
    const body = { format: NATIVE_FORMAT, spans: [{ ...first, traceId }] };
    expect((await fixture.send("POST", "/v1/everspan/batch", body)).status).toBe(200);
    const response = await fixture.get(`/api/traces/${encodeURIComponent(traceId)}/export`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="a_set-cookie_b_c_.html.jsonl"');
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(await response.text()).toContain("set-cookie: b=c");
  });

  test("an unknown trace, and a form that there is none of, are refused", async () => {
    expect((await fixture.get("/api/traces/nobody/export")).status).toBe(404);
    const response = await fixture.get("/api/traces/trace-1/export?format=pdf");
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("format must be one of native, otlp, sgp, markdown, chat, evaluation");
  });
});
