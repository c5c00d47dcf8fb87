import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  assertNoErrors,
  assertStructure,
  assertToolCalls,
  assertUsageWithin,
  type EverspanMatchers,
  everspanMatchers,
  MemoryExporter,
  structureOf,
  type TestTracer,
  testTracer,
  toolCallsOf,
  usageOf,
} from "./index.ts";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: as the interface that is added to has it
  interface Matchers<T = any> extends EverspanMatchers<T> {}
}
expect.extend(everspanMatchers);

let test$: TestTracer;
beforeEach(() => {
  test$ = testTracer();
});
afterEach(() => test$.tracer.shutdown());

const USAGE = { prompt_tokens: 20, completion_tokens: 7 };
function model(name: string, data: object = { usage: USAGE }): void {
  test$.tracer.span(name, { type: "COMPLETION", data }, () => {});
}
function tool(name: string, input: unknown, fn: () => unknown = () => "done"): unknown {
  return test$.tracer.span(name, { type: "CODE_EXECUTION", input }, fn);
}
function agent(fn: () => void): void {
  test$.tracer.span(
    "agent",
    { type: "AGENT_WORKFLOW", data: { usage: { input_tokens: 999, output_tokens: 999 } } },
    fn,
  );
}

describe("tool calls", () => {
  beforeEach(() => {
    agent(() => {
      tool("search", { query: "bern", limit: 5 });
      tool("read", { path: "a.txt" });
      tool("read", { path: "b.txt" }, () => tool("read", { path: "b.txt" }));
    });
  });

  test("are those that the run made, once each, with what they were given and gave", async () => {
    expect(toolCallsOf(await test$.run())).toEqual([
      { name: "search", input: { query: "bern", limit: 5 }, output: "done", status: "OK" },
      { name: "read", input: { path: "a.txt" }, output: "done", status: "OK" },
      { name: "read", input: { path: "b.txt" }, output: "done", status: "OK" },
    ]);
  });

  test.each([
    ["exact", ["search", "read", "read"], true],
    ["exact", ["search", "read"], false],
    ["exact", ["read", "search", "read"], false],
    ["exact", [{ name: "search", input: { query: "bern" } }, /^re/, { name: "read", input: { path: /b/ } }], true],
    ["exact", [{ name: "search", input: { query: "basel" } }, "read", "read"], false],
    ["exact", ["search", "read", { name: "read", output: "lost" }], false],
    ["exact", ["search", "read", { name: "read", status: "ERROR" }], false],
    ["exact", [{ name: "search", input: { query: expect.any(String) } }, "read", "read"], true],
    ["any", ["read", { name: "read", input: { path: "a.txt" } }, "search"], true],
    ["any", ["read", "read", "read"], false],
    ["any", ["search", "read"], false],
    ["subsequence", ["search", { name: "read", input: { path: "b.txt" } }], true],
    ["subsequence", [], true],
    ["subsequence", ["read", "search"], false],
  ] as const)("%s: %j fit: %s", async (order, expected, fits) => {
    const run = await test$.run();
    const check = () => assertToolCalls(run, expected, { order });
    if (fits) check();
    else expect(check).toThrow("expected the tools");
  });

  test("that are others are shown", async () => {
    const run = await test$.run();
    expect(() => assertToolCalls(run, [{ name: "search", input: { query: "basel" } }])).toThrow(
      'expected the tools [search {"input":{"query":"basel"}}] in this order and no others, but the run called [search {"query":"bern","limit":5}, read {"path":"a.txt"}, read {"path":"b.txt"}]',
    );
  });
});

describe("usage", () => {
  test("is that of the model calls, each response once, and not what wraps them repeats", async () => {
    agent(() => {
      model("a", { usage: USAGE, responseId: "r1", cost_usd: 0.01 });
      model("the same", { usage: USAGE, responseId: "r1" });
      model("google", { usage: { promptTokenCount: 1, candidatesTokenCount: 2, thoughtsTokenCount: 3 } });
      model("interaction", {
        usage: { total_input_tokens: 4, total_tool_use_tokens: 1, total_output_tokens: 2, total_thought_tokens: 3 },
      });
    });
    expect(usageOf(await test$.run())).toEqual({
      modelCalls: 3,
      inputTokens: 26,
      outputTokens: 17,
      costUsd: 0.01,
      callsWithoutTokens: 0,
      callsWithoutCost: 2,
    });
  });

  test("is held against limits; each that is passed is named", async () => {
    model("a");
    model("b");
    const run = await test$.run();
    assertUsageWithin(run, { modelCalls: 2, inputTokens: 40, outputTokens: 14, totalTokens: 54 });
    expect(() => assertUsageWithin(run, { modelCalls: 1, totalTokens: 53, inputTokens: 40 })).toThrow(
      "expected the run to stay within its limits, but modelCalls: 2, at most 1; totalTokens: 54, at most 53",
    );
    expect(() => assertUsageWithin(run, { outputTokens: Number.NaN })).toThrow("outputTokens: 14, at most NaN");
    expect(() => assertUsageWithin(run, { tokens: 3 } as object)).toThrow("got tokens");
  });

  test("that is not known is within no limit", async () => {
    model("a", {});
    const run = await test$.run();
    assertUsageWithin(run, { modelCalls: 1 });
    expect(() => assertUsageWithin(run, { totalTokens: 5 })).toThrow("1 of 1 model calls don't say");
    expect(() => assertUsageWithin(run, { costUsd: 5 })).toThrow("1 of 1 model calls don't say");
  });
});

describe("structure", () => {
  test("is a tree of names, types and what did not go well", async () => {
    expect(() =>
      agent(() => {
        model("gpt");
        tool("search", {}, () => {
          throw new Error("no");
        });
      }),
    ).toThrow("no");
    test$.tracer.startSpan("later");
    const run = await test$.run();
    assertStructure(
      run,
      `
        agent [AGENT_WORKFLOW] ERROR
          gpt [COMPLETION]
          search [CODE_EXECUTION] ERROR
        later [STANDALONE] not ended
      `,
    );
    expect(() => assertStructure(run, "agent")).toThrow("but the run has\nagent [AGENT_WORKFLOW] ERROR\n  gpt");
  });

  test("can be ordered by its text, and written otherwise", async () => {
    agent(() => {
      for (const name of ["c", "a", "b"]) tool(name, {});
    });
    const run = await test$.run();
    expect(structureOf(run, { sorted: true, describe: ({ name }) => name })).toBe("agent\n  a\n  b\n  c");
    expect(structureOf(run, { describe: ({ name }) => name })).toBe("agent\n  c\n  a\n  b");
  });
});

test("errors are named, canceled and open spans too", async () => {
  model("fine");
  assertNoErrors(await test$.run());
  expect(() =>
    tool("search", {}, () => {
      throw new RangeError("too far");
    }),
  ).toThrow();
  test$.tracer.span("stopped", (span) => {
    span.status = "CANCELED";
  });
  test$.tracer.startSpan("open");
  const run = await test$.run();
  expect(() => assertNoErrors(run)).toThrow(
    "expected a run without errors, but search: ERROR, RangeError: too far; stopped: CANCELED; open never ended",
  );
});

test("what was not recorded proves nothing", async () => {
  const nothing = new MemoryExporter();
  for (const check of [
    () => assertNoErrors(nothing),
    () => assertToolCalls(nothing, []),
    () => assertUsageWithin(nothing, {}),
    () => assertStructure(nothing, ""),
    () => expect(nothing).toHaveNoErrors(),
    () => expect(nothing).not.toHaveNoErrors(),
  ]) {
    expect(check).toThrow("was the tracer flushed before?");
  }
  model("a");
  await test$.run();
  await test$.reset();
  expect(await test$.run()).toEqual([]);
});

test("the matchers say the same, and their opposite", async () => {
  agent(() => tool("search", {}));
  const run = await test$.run();
  expect(run).toHaveCalledTools(["search"]);
  expect(run).not.toHaveCalledTools(["read"]);
  expect(run).toStayWithin({ modelCalls: 0 });
  expect(run).toHaveNoErrors();
  expect(run).toHaveStructure("agent [AGENT_WORKFLOW]\n  search [CODE_EXECUTION]");
  expect(() => expect(run).toHaveCalledTools(["read"], { order: "any" })).toThrow("expected the tools [read]");
  expect(() => expect(run).not.toHaveCalledTools(["search"])).toThrow("expected other tools to be called");
});
