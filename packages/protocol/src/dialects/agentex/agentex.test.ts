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

  test("fails a span by its error", () => {
    const patched = snapshotOf(applyAgentexPatch(stored, { data: { __error__: { type: "E", message: "m" } } }));
    expect(patched).toMatchObject({ status: "ERROR", error: { type: "E", message: "m" } });
  });

  test("of a span that nobody knows fails with 404", () => {
    expect(fromAgentexPatch("s", { name: "x" })).toMatchObject({ ok: false, status: 404 });
  });

  test.each([[[]], [{ trace_id: "other" }], [{ output: 7 }], [{ end_time: "2020-01-01T00:00:00Z" }], [{ name: 1 }]])(
    "%j is refused",
    (patch) => {
      expect(applyAgentexPatch(stored, patch)).toMatchObject({ ok: false, status: 422 });
    },
  );
});
