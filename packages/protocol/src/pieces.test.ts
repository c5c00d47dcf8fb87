import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinPieces, type SpanPiece, snapshotOfPiece } from "./pieces.ts";
import type { SpanSnapshot } from "./span-snapshot.ts";

const TIMES = ["2026-01-31T12:00:00.000000Z", "2026-01-31T12:00:01.000000Z", "2026-01-31T12:00:02.000000Z"];
const time = fc.constantFrom(...TIMES);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const piece: fc.Arbitrary<SpanPiece> = fc.record({
  traceId: fc.constant("t"),
  id: fc.constant("s"),
  guessedStart: time,
  stamp: fc.integer({ min: 1, max: 4 }),
  stated: fc.record({
    parentId: optional(fc.constantFrom("p1", "p2")),
    name: optional(fc.constantFrom("a", "b")),
    startTime: optional(fc.constant(TIMES[0]!)),
    endTime: optional(fc.constantFrom(TIMES[1]!, TIMES[2]!)),
    status: optional(fc.constantFrom("OK" as const, "ERROR" as const)),
    input: optional(fc.jsonValue({ maxDepth: 1 })),
    output: optional(fc.jsonValue({ maxDepth: 1 })),
  }),
  data: optional(fc.dictionary(fc.constantFrom("k", "__proto__", "l"), fc.jsonValue({ maxDepth: 1 }))),
});
const joinAll = (pieces: readonly SpanPiece[]): SpanSnapshot => pieces.map(snapshotOfPiece).reduce(joinPieces);

test("pieces make the same span in whatever order and however often they come", () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()), (pieces, order) => {
      const shuffled = [...pieces, ...pieces]
        .map((value) => ({ value, key: order.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ value }) => value);
      expect(joinAll(shuffled)).toEqual(joinAll(pieces));
    }),
    { numRuns: 500 },
  );
});

test("joins are associative: a store may join what was joined", () => {
  fc.assert(
    fc.property(piece, piece, piece, (a, b, c) => {
      const [x, y, z] = [a, b, c].map(snapshotOfPiece) as [SpanSnapshot, SpanSnapshot, SpanSnapshot];
      expect(joinPieces(joinPieces(x, y), z)).toEqual(joinPieces(x, joinPieces(y, z)));
    }),
  );
});

describe("a span in pieces", () => {
  const base = { traceId: "t", id: "s", guessedStart: TIMES[1]! };
  const created = {
    ...base,
    stamp: 1,
    stated: { name: "llm", startTime: TIMES[0], input: "question" },
  } satisfies SpanPiece;
  const ended = { ...base, stamp: 2, stated: { endTime: TIMES[2], output: "answer" } } satisfies SpanPiece;

  test("has what each of them states, and its guesses are gone", () => {
    expect(joinAll([ended, created])).toMatchObject({
      phase: "ended",
      name: "llm",
      startTime: TIMES[0],
      endTime: TIMES[2],
      input: "question",
      output: "answer",
    });
  });

  test("is running until a piece ends it", () => {
    expect(snapshotOfPiece(created)).toMatchObject({ phase: "started", name: "llm" });
    expect(snapshotOfPiece(ended)).toMatchObject({ phase: "ended", startTime: TIMES[1] });
  });

  test("takes log records before and after the whole span, each once", () => {
    const logs = (time: string): SpanPiece => ({
      ...base,
      stamp: 1,
      stated: {},
      data: { __otel__: { logs: [{ time, name: "gen_ai.user.message" }] } },
    });
    const { data: _data, ...whole } = joinAll([created, ended]);
    const span = { ...whole, data: { __otel__: { kind: "CLIENT" } } };
    const before = joinPieces(snapshotOfPiece(logs(TIMES[0]!)), span);
    const after = joinPieces(before, snapshotOfPiece(logs(TIMES[1]!)));
    const joined = joinPieces(joinPieces(after, span), snapshotOfPiece(logs(TIMES[0]!)));
    expect(joined).toMatchObject({ name: "llm", output: "answer" });
    expect(joined.data?.__otel__).toEqual({
      kind: "CLIENT",
      logs: [TIMES[0], TIMES[1]].map((time) => ({ time, name: "gen_ai.user.message" })),
    });
  });
});

describe("of two statements of one field", () => {
  const at = (stamp: number, stated: SpanPiece["stated"], data?: SpanPiece["data"]) =>
    snapshotOfPiece({ traceId: "t", id: "s", guessedStart: TIMES[1]!, stamp, stated, data });
  const both = (a: SpanSnapshot, b: SpanSnapshot) => {
    expect(joinPieces(b, a)).toEqual(joinPieces(a, b));
    return joinPieces(a, b);
  };

  test("that with the higher stamp stands, else the greater text", () => {
    expect(both(at(1, { name: "b" }, { k: "b" }), at(2, { name: "a" }, { k: "a" }))).toMatchObject({
      name: "a",
      data: { k: "a", __pieces__: { name: 2, "data.k": 2 } },
    });
    expect(both(at(1, { name: "b" }, { k: 2 }), at(1, { name: "a" }, { k: 1 }))).toMatchObject({
      name: "b",
      data: { k: 2 },
    });
  });

  test("one alone stands, and what nobody states is a guess", () => {
    const joined = both(at(1, { name: "a" }, { k: 1 }), at(2, { parentId: "p" }, { l: 2 }));
    expect(joined).toEqual({
      phase: "started",
      revision: 0,
      traceId: "t",
      id: "s",
      name: "a",
      parentId: "p",
      type: "STANDALONE",
      startTime: TIMES[1],
      status: "OK",
      data: { k: 1, l: 2, __pieces__: { name: 1, parentId: 2, "data.k": 1, "data.l": 2 } },
    });
  });

  test("a stamp without its value, or a value without its stamp, states nothing", () => {
    const forged = (fields: object, stamps: object) =>
      ({ ...at(1, {}), ...fields, data: { k: 1, __pieces__: stamps } }) as SpanSnapshot;
    const stated = at(1, { name: "a", taskId: "mine" }, { k: 2 });
    expect(both(forged({ taskId: "forged" }, {}), stated)).toMatchObject({ taskId: "mine", data: { k: 2 } });
    expect(both(forged({}, { taskId: 9, "data.l": 9 }), stated)).toMatchObject({ name: "a", taskId: "mine" });
    expect(both(forged({}, { taskId: 9 }), at(1, {}))).not.toHaveProperty("taskId");
    expect(both(forged({}, { taskId: 9 }), at(1, {})).data).toEqual({ __pieces__: {} });
  });

  test("data that is undefined, or under the reserved name, is none", () => {
    expect(at(1, {}, { a: undefined, __pieces__: 5, b: null }).data).toEqual({ b: null, __pieces__: { "data.b": 1 } });
  });

  test("an end is never before its start, whoever states them", () => {
    expect(both(at(1, { startTime: TIMES[2] }), at(2, { endTime: TIMES[0] }))).toMatchObject({
      phase: "ended",
      revision: 2,
      startTime: TIMES[2],
      endTime: TIMES[2],
    });
    expect(at(1, { endTime: TIMES[0] })).toMatchObject({ startTime: TIMES[0], endTime: TIMES[0] });
    expect(
      both(at(1, {}), snapshotOfPiece({ traceId: "t", id: "s", guessedStart: TIMES[0]!, stamp: 1, stated: {} })),
    ).toMatchObject({ phase: "started", startTime: TIMES[0] });
  });

  test("a whole span states all that it has: its end is newer than its start and than first statements", () => {
    const whole: SpanSnapshot = {
      phase: "ended",
      revision: 2,
      traceId: "t",
      id: "s",
      name: "whole",
      type: "COMPLETION",
      startTime: TIMES[0]!,
      endTime: TIMES[1]!,
      status: "ERROR",
      data: { k: 1 },
    };
    expect(both(whole, at(1, { name: "x", status: "OK" }, { k: 2 }))).toMatchObject({
      name: "whole",
      status: "ERROR",
      data: { k: 1 },
    });
    expect(both(whole, at(3, { name: "x" }, { k: 2 }))).toMatchObject({ name: "x", data: { k: 2 } });
    const { endTime: _end, data: _data, ...rest } = whole;
    const started: SpanSnapshot = { ...rest, phase: "started", revision: 0, name: "zzz" };
    expect(both(whole, started)).toEqual(whole);
    expect(both(started, started)).not.toHaveProperty("data");
  });

  test("OpenTelemetry's fields are joined: every event and log once, in the order of time", () => {
    const otel = (stamp: number, fields: unknown) => at(stamp, {}, { __otel__: fields });
    const [first, second] = [
      { time: TIMES[0], name: "z" },
      { time: TIMES[1], name: "a" },
    ];
    const joined = both(
      otel(1, { kind: "A", mine: 1, events: [second], logs: [first] }),
      otel(2, { kind: "B", yours: 2, events: [first, second], logs: [{ name: "no time" }] }),
    );
    expect(joined.data).toEqual({
      __otel__: {
        kind: "B",
        mine: 1,
        yours: 2,
        events: [first, second],
        logs: [{ name: "no time" }, first],
      },
      __pieces__: { "data.__otel__": 2 },
    });
    expect(both(otel(1, { kind: "A" }), otel(1, { kind: "B" })).data?.__otel__).toEqual({ kind: "B" });
    expect(both(otel(1, "z"), otel(2, { kind: "B" })).data?.__otel__).toEqual({ kind: "B" });
    expect(both(otel(2, "z"), otel(1, { kind: "B" })).data?.__otel__).toBe("z");
    expect(both(otel(1, { events: "x" }), otel(2, { kind: "B" })).data?.__otel__).toEqual({ events: "x", kind: "B" });
    const events = [5, { time: 7 }, first];
    expect(both(otel(1, { events }), otel(1, { events })).data?.__otel__).toMatchObject({
      events: expect.arrayContaining(events) as unknown,
    });
  });
});
