import { describe, expect, test } from "vitest";
import { plainSnapshot } from "../../testing/arbitraries.ts";
import { spanAttributes } from "./otlp-attributes.ts";

/** Of a span with W3C's ids, so that none need to be said besides. */
const attributesOf = (changes: Parameters<typeof plainSnapshot>[0]) => ({
  ...spanAttributes(plainSnapshot({ id: "00f067aa0ba902b7", type: "STANDALONE", ...changes })),
});
const bare = { "everspan.type": "STANDALONE", "everspan.revision": 1, "openinference.span.kind": "CHAIN" };

test("a span that says little has what every span of ours has", () => {
  expect(attributesOf({})).toEqual(bare);
});

test("ids that are no ids of OTLP, a task and a status that it has no word for are said", () => {
  expect(
    attributesOf({ traceId: "trace", id: "span", parentId: "parent", taskId: "task", status: "CANCELED" }),
  ).toEqual({
    ...bare,
    "everspan.trace_id": "trace",
    "everspan.span_id": "span",
    "everspan.parent_id": "parent",
    "everspan.task_id": "task",
    "everspan.status": "CANCELED",
    "gen_ai.conversation.id": "task",
    "session.id": "task",
  });
  expect(attributesOf({ parentId: "00f067aa0ba902b8" })).toEqual(bare);
});

test.each([
  ["COMPLETION", "LLM", "chat"],
  ["CODE_EXECUTION", "TOOL", "execute_tool"],
  ["EXTERNAL_ENDPOINT", "TOOL", "execute_tool"],
  ["DATA_MANIPULATION", "TOOL", "execute_tool"],
  ["AGENT_WORKFLOW", "AGENT", "invoke_agent"],
  ["AGENT_TRACER", "AGENT", "invoke_agent"],
  ["KB_RETRIEVAL", "RETRIEVER", "retrieval"],
  ["DOCUMENT_SEARCH", "RETRIEVER", "retrieval"],
  ["FILE_RETRIEVAL", "RETRIEVER", "retrieval"],
  ["RERANKING", "RERANKER", undefined],
  ["GUARDRAIL", "GUARDRAIL", undefined],
  ["EVALUATION", "EVALUATOR", undefined],
  ["PROMPT_ENGINEERING", "PROMPT", undefined],
  ["TRACER", "CHAIN", undefined],
] as const)("a span of the type %s is %s, and its operation %s", (type, kind, operation) => {
  const attributes = attributesOf({ type });
  expect([attributes["openinference.span.kind"], attributes["gen_ai.operation.name"]]).toEqual([kind, operation]);
  const tool = operation === "execute_tool" ? "search" : undefined;
  expect([attributes["gen_ai.tool.name"], attributes["tool.name"]]).toEqual([tool, tool]);
  expect(attributes["gen_ai.agent.name"]).toBe(operation === "invoke_agent" ? "search" : undefined);
});

test("an agent's name is its service's before the span's", () => {
  const attributes = attributesOf({ type: "AGENT_WORKFLOW", service: { agentName: "a", agentId: "1" } });
  expect(attributes).toMatchObject({ "gen_ai.agent.name": "a", "gen_ai.agent.id": "1" });
});

describe("data", () => {
  test("is there as a whole, and its scalars apart, under a prefix unless their names have a dot", () => {
    const data = {
      text: "a",
      "with.dot": 1,
      yes: true,
      none: null,
      list: [1],
      "input.value": "b",
      "everspan.type": "c",
      "output.x": 2,
    };
    expect(attributesOf({ data })).toEqual({
      ...bare,
      metadata: JSON.stringify(data),
      "metadata.text": "a",
      "with.dot": 1,
      "metadata.yes": true,
      "metadata.input.value": "b",
      "metadata.everspan.type": "c",
      "metadata.output.x": 2,
    });
  });

  test("can't say what a span of ours says itself", () => {
    const data = { "gen_ai.conversation.id": "of data", "x.input.value": 1 };
    expect(attributesOf({ data, taskId: "task" })).toMatchObject({
      "gen_ai.conversation.id": "task",
      "x.input.value": 1,
    });
  });
});

describe("payloads", () => {
  test("are text as they are, and JSON otherwise", () => {
    expect(attributesOf({ input: "a", output: { b: 1 } })).toEqual({
      ...bare,
      "input.value": "a",
      "input.mime_type": "text/plain",
      "output.value": '{"b":1}',
      "output.mime_type": "application/json",
    });
  });

  test("with messages have these besides", () => {
    const attributes = attributesOf({ input: { messages: ["hi"] }, output: { role: "assistant", content: "ho" } });
    expect(attributes["gen_ai.input.messages"]).toBe('[{"role":"user","parts":[{"type":"text","content":"hi"}]}]');
    expect(attributes["gen_ai.output.messages"]).toBe(
      '[{"role":"assistant","parts":[{"type":"text","content":"ho"}]}]',
    );
  });
});

describe("the use of a model", () => {
  test("has both conventions' names", () => {
    const data = { usage: { input_tokens: 3, output_tokens: 4 }, cost_usd: 0.25 };
    expect(attributesOf({ input: { model: "asked" }, output: { model: "given" }, data })).toMatchObject({
      "gen_ai.request.model": "asked",
      "gen_ai.response.model": "given",
      "llm.model_name": "given",
      "gen_ai.usage.input_tokens": 3,
      "llm.token_count.prompt": 3,
      "gen_ai.usage.output_tokens": 4,
      "llm.token_count.completion": 4,
      "llm.token_count.total": 7,
      "llm.cost.total": 0.25,
    });
  });

  test("is what is known of it", () => {
    expect(attributesOf({ output: { model: "given" } })).toMatchObject({ "gen_ai.request.model": "given" });
    const half = attributesOf({ data: { usage: { input_tokens: 3 } } });
    expect(half).toMatchObject({ "gen_ai.usage.input_tokens": 3 });
    for (const name of ["gen_ai.usage.output_tokens", "llm.token_count.total", "llm.cost.total", "llm.model_name"]) {
      expect(half).not.toHaveProperty([name]);
    }
    expect(attributesOf({ data: { usage: { output_tokens: 3 } } })).not.toHaveProperty(["llm.token_count.total"]);
  });
});
