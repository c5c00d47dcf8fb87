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
