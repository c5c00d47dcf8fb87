import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawnPayload } from "../testing/payload-arbitraries.ts";
import { columnsOf, deriveColumns, plainToolColumns } from "./derive-columns.ts";
import type { ReadableSpan } from "./readable-span.ts";

const tool = (name: string) => ({ type: "function", function: { name } });

test("the preview of calls that were glued together names the first of them", () => {
  const call = { function: { name: "get_currentget_tomorrow", arguments: '{"city":"Bern"}{"city":"Rome"}' } };
  const columns = deriveColumns({
    name: "chat",
    type: "COMPLETION",
    input: { messages: [{ role: "user", content: "weather?" }], tools: [tool("get_current"), tool("get_tomorrow")] },
    output: { role: "assistant", content: null, tool_calls: [call] },
  });
  expect([columns.asked, columns.answered]).toEqual(["weather?", "→ get_current Bern"]);
});

test("a preview shows the first fields, and a field without a name by its value", () => {
  const asked = (input: unknown) => deriveColumns({ name: "search", type: "CODE_EXECUTION", input }).asked;
  expect(asked({ "": "a", b: 2, c: {}, d: true })).toBe("a, b: 2, d: true");
  expect(asked({ city: "Paris" })).toBe("Paris");
  expect(asked(["a", { text: "b" }, 3, null, "fifth"])).toBe("a, b, 3");
  expect(asked({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 })).toBe("a: 1, b: 2, c: 3, d: 4, e: 5, f: 6");
});

test("a run has the name that its sender gives it", () => {
  const data = { "langfuse.trace.name": "nightly report" };
  expect(deriveColumns({ name: "root", type: "STANDALONE", data }).traceName).toBe("nightly report");
});

describe("a tool's span whose data no reader knows", () => {
  const payload = fc.option(drawnPayload, { nil: undefined }).map((drawn) => drawn?.value);
  const text = fc.option(fc.constantFrom("a", "two  spaces", ""), { nil: undefined });
  const spans: fc.Arbitrary<ReadableSpan> = fc
    .record({
      name: fc.constantFrom("search", "read_file"),
      type: fc.constantFrom("CODE_EXECUTION" as const, "EXTERNAL_ENDPOINT" as const, "DATA_MANIPULATION" as const),
      input: fc.oneof(payload, fc.record({ tool_name: text, query: text, model: text, "": text })),
      output: payload,
      data: fc.option(fc.dictionary(fc.constantFrom("step", "hits", "", "mine.step"), fc.integer()), {
        nil: undefined,
      }),
      taskId: text,
      service: fc.option(fc.constant({ name: "s", version: "1" }), { nil: undefined }),
      error: fc.option(fc.constantFrom({ type: "E", message: "m" }, { type: "E", message: "" }), { nil: undefined }),
      status: fc.constantFrom("OK" as const, "ERROR" as const),
    })
    .map((drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as never);

  test("has the columns that its whole reading gives", () => {
    let plain = 0;
    fc.assert(
      fc.property(spans, fc.boolean(), (span, withPreviews) => {
        const columns = plainToolColumns(span, withPreviews);
        if (columns === undefined) return;
        plain += 1;
        expect(columns).toEqual(columnsOf(span, withPreviews));
      }),
      { numRuns: 1000 },
    );
    // Left to the whole reading are conversations alone.
    expect(plain).toBeGreaterThan(700);
  });

  test.each([
    ["a fact", { "gen_ai.agent.name": "a" }],
    ["usage", { "gen_ai.usage.input_tokens": 1 }],
    ["a provider's body", { body: {} }],
    ["metadata", { metadata: { session_id: "s" } }],
    ["what OpenTelemetry says", { __otel__: { resource: { "service.version": "1" } } }],
    ["a failure", { "langfuse.observation.level": "ERROR" }],
  ])("is none when its data says something: %s", (_what, data) => {
    expect(plainToolColumns({ name: "search", type: "CODE_EXECUTION", data })).toBeUndefined();
  });

  test("is none when it is no tool's, or its input is a conversation", () => {
    expect(plainToolColumns({ name: "chat", type: "COMPLETION" })).toBeUndefined();
    const input = { messages: [{ role: "user", content: "hi" }], tool_name: "other" };
    expect(plainToolColumns({ name: "search", type: "CODE_EXECUTION", input })).toBeUndefined();
  });
});
