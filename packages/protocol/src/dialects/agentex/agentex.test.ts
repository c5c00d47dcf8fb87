import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodedSpan } from "../../decoding/decoded-span.ts";
import { plainSnapshot, spanSnapshot } from "../../testing/arbitraries.ts";
import { applyAgentexPatch, fromAgentexPatch, fromAgentexSpan, toAgentexCreate, toAgentexPatch } from "./agentex.ts";

const span = { id: "s", trace_id: "t", name: "turn", start_time: "2026-01-31T12:00:00+00:00" };

function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function snapshotOf(decoded: DecodedSpan) {
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.snapshot;
}

describe("a span of ours", () => {
  test("gives back exactly the snapshot it was made of", () => {
    fc.assert(
      fc.property(spanSnapshot, (snapshot) => {
        expect(fromAgentexSpan(overTheWire(toAgentexCreate(snapshot)))).toEqual({ ok: true, snapshot });
      }),
      { numRuns: 300 },
    );
  });

  test("has payloads that are objects or lists of objects only", () => {
    const list = [{ role: "user" }];
    expect(toAgentexCreate(plainSnapshot({ input: list })).input).toBe(list);
    expect(toAgentexCreate(plainSnapshot({ input: [1], output: "x" }))).toMatchObject({
      input: { value: [1] },
      output: { value: "x" },
    });
  });

  test("says its type and its error where Agentex reads them", () => {
    const failed = plainSnapshot({ status: "ERROR", error: { type: "E", message: "m" } });
    expect(toAgentexCreate(failed).data).toMatchObject({
      __span_type__: "CODE_EXECUTION",
      __error__: { type: "E", message: "m" },
    });
  });

  test("patches as a whole, even when its start never arrived", () => {
    fc.assert(
      fc.property(spanSnapshot, spanSnapshot, (stored, drawn) => {
        const snapshot = { ...drawn, id: stored.id };
        const patch = overTheWire(toAgentexPatch(snapshot));
        expect(applyAgentexPatch(stored, patch)).toEqual({ ok: true, snapshot });
        expect(fromAgentexPatch(stored.id, patch)).toEqual({ ok: true, snapshot });
      }),
    );
  });
});

describe("a third party's span", () => {
  test("is OK and standalone unless its data says otherwise", () => {
    expect(snapshotOf(fromAgentexSpan(span))).toMatchObject({
      phase: "started",
      revision: 0,
      status: "OK",
      type: "STANDALONE",
    });
    const data = { __span_type__: "COMPLETION", __error__: { type: "E", message: "m" } };
    expect(snapshotOf(fromAgentexSpan({ ...span, data }))).toMatchObject({
      status: "ERROR",
      type: "COMPLETION",
      error: { type: "E", message: "m" },
      data,
    });
  });

  test.each([
    ["no trace", { ...span, trace_id: undefined }],
    ["an input that is a text", { ...span, input: "x" }],
    ["an output that is a list of numbers", { ...span, output: [1] }],
    ["an end before the start", { ...span, end_time: "2026-01-31T11:00:00Z" }],
  ])("with %s is refused", (_why, body) => {
    expect(fromAgentexSpan(body)).toMatchObject({ ok: false, status: 422 });
  });
});

describe("what a third party's span leaves open", () => {
  const read = (changes: object) => snapshotOf(fromAgentexSpan({ ...span, ...changes }));

  test("is its own: no revision but its phase's, a fresh id, and nulls that are absences", () => {
    const ended = read({
      end_time: "2026-01-31T12:00:01Z",
      id: null,
      parent_id: null,
      task_id: null,
      input: null,
      data: null,
    });
    expect(ended).toEqual({
      phase: "ended",
      revision: 1,
      traceId: "t",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      name: "turn",
      type: "STANDALONE",
      startTime: "2026-01-31T12:00:00.000000Z",
      endTime: "2026-01-31T12:00:01.000000Z",
      status: "OK",
    });
  });

  test("data that is a list is kept under a name", () => {
    expect(read({ data: [{ a: 1 }] }).data).toEqual({ value: [{ a: 1 }] });
  });

  test.each<[what: string, error: unknown, expected: object | undefined]>([
    ["that says nothing", {}, { type: "Error", message: "" }],
    ["whose fields are no texts", { type: 1, message: {} }, { type: "Error", message: "" }],
    ["that is a text", "no", undefined],
    ["that is null", null, undefined],
  ])("an error %s", (_what, error, expected) => {
    const { status, error: actual } = read({ data: { __error__: error } });
    expect([status, actual]).toEqual([expected === undefined ? "OK" : "ERROR", expected]);
  });

  test("a type that is none is no type", () => {
    expect(read({ data: { __span_type__: "LLM" } }).type).toBe("STANDALONE");
  });

  test.each<[why: string, changes: object, message: string]>([
    ["an id that is empty", { id: "" }, "id must not be empty"],
    ["no name", { name: null }, "name must be a string, got null"],
    ["a parent that is a number", { parent_id: 1 }, "parent_id must be a string, got a number"],
    ["a task that is a number", { task_id: 1 }, "task_id must be a string, got a number"],
    ["data that is a text", { data: "x" }, "data must be an object or an array of objects"],
    ["no start", { start_time: null }, "start_time must be a string, got null"],
    ["an end that is none", { end_time: "x" }, "end_time must be an RFC 3339 instant"],
  ])("%s is refused in words", (_why, changes, message) => {
    expect(fromAgentexSpan({ ...span, ...changes })).toEqual({ ok: false, status: 422, message });
  });

  test("a body that is no object is refused", () => {
    expect(fromAgentexSpan([])).toEqual({ ok: false, status: 422, message: "a span must be an object, got an array" });
  });
});

describe("our own error", () => {
  test("is not read from what the application itself has under its name", () => {
    const data = { __error__: { type: "mine", message: "m" } };
    const snapshot = plainSnapshot({ data });
    expect(fromAgentexSpan(overTheWire(toAgentexCreate(snapshot)))).toEqual({ ok: true, snapshot });
    const marked = { ...data, __everspan__: { v: 1, revision: 1, added: [] } };
    expect(snapshotOf(fromAgentexSpan({ ...span, data: marked }))).not.toHaveProperty("error");
  });
});

describe("a third party's patch", () => {
  const stored = snapshotOf(fromAgentexSpan({ ...span, input: { q: 1 }, data: { a: 1, b: 1 } }));

  test("leaves what is null, merges data shallowly and replaces the rest", () => {
    const patch = { end_time: "2026-01-31T12:00:02Z", input: null, output: [{ hit: 1 }], data: { b: { c: 2 } } };
    expect(snapshotOf(applyAgentexPatch(stored, patch))).toEqual({
      ...stored,
      phase: "ended",
      revision: 1,
      endTime: "2026-01-31T12:00:02.000000Z",
      output: [{ hit: 1 }],
      data: { a: 1, b: { c: 2 } },
    });
  });

  test("replaces whatever it names, and nothing else", () => {
    const patch = {
      parent_id: "p",
      task_id: "k",
      name: "n",
      start_time: "2026-01-31T11:00:00Z",
      data: { __span_type__: "COMPLETION" },
    };
    expect(snapshotOf(applyAgentexPatch(stored, { ...patch, trace_id: "t" }))).toEqual({
      ...stored,
      revision: 1,
      parentId: "p",
      taskId: "k",
      name: "n",
      startTime: "2026-01-31T11:00:00.000000Z",
      type: "COMPLETION",
      data: { a: 1, b: 1, __span_type__: "COMPLETION" },
    });
    expect(snapshotOf(applyAgentexPatch(stored, {}))).toEqual({ ...stored, revision: 1 });
    expect(snapshotOf(applyAgentexPatch(stored, { data: { __span_type__: "LLM" } })).type).toBe("STANDALONE");
  });

  test("of an ended span leaves it ended", () => {
    const endTime = "2026-01-31T12:00:02.000000Z";
    const ended = snapshotOf(applyAgentexPatch(stored, { end_time: endTime }));
    expect(snapshotOf(applyAgentexPatch(ended, { name: "n" }))).toEqual({ ...ended, revision: 2, name: "n" });
    expect(applyAgentexPatch(ended, { start_time: "2026-01-31T13:00:00Z" })).toMatchObject({ ok: false, status: 422 });
  });

  test("fails a span by its error", () => {
    const patched = snapshotOf(applyAgentexPatch(stored, { data: { __error__: { type: "E", message: "m" } } }));
    expect(patched).toMatchObject({ status: "ERROR", error: { type: "E", message: "m" } });
  });

  test("of a span that nobody knows fails with 404", () => {
    for (const patch of [{ name: "x" }, [], { data: [] }, { data: { a: 1 } }]) {
      expect(fromAgentexPatch("s", patch)).toMatchObject({ ok: false, status: 404 });
    }
  });

  test.each([[[]], [{ trace_id: "other" }], [{ output: 7 }], [{ end_time: "2020-01-01T00:00:00Z" }], [{ name: 1 }]])(
    "%j is refused",
    (patch) => {
      expect(applyAgentexPatch(stored, patch)).toMatchObject({ ok: false, status: 422 });
    },
  );
});

test.each<[field: string, value: unknown]>([
  ["start_time", 5],
  ["end_time", "x"],
  ["trace_id", ""],
  ["parent_id", ""],
  ["task_id", 5],
  ["name", 5],
  ["input", 5],
  ["output", [5]],
  ["data", "x"],
])("a patch whose %s is bad is refused by the field's name", (field, value) => {
  const stored = snapshotOf(fromAgentexSpan(span));
  expect(applyAgentexPatch(stored, { [field]: value })).toMatchObject({
    ok: false,
    status: 422,
    message: expect.stringContaining(field) as string,
  });
});

test("a span of objects alone says nothing of wrapping, and a list with anything else in it is wrapped whole", () => {
  const { data } = toAgentexCreate(plainSnapshot({ input: {}, output: [{}] }));
  expect(data).toStrictEqual({
    __span_type__: "CODE_EXECUTION",
    __everspan__: { v: 1, revision: 1, added: ["__span_type__", "__everspan__"], noData: true, status: "OK" },
  });
  expect(toAgentexCreate(plainSnapshot({ input: [{}, 1] })).input).toEqual({ value: [{}, 1] });
});
