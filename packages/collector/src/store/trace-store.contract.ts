/** What every store promises, as tests: call it with a way to open an empty store. */
import {
  contentHash,
  encodeJson,
  type JsonObject,
  type MergeVerdict,
  mergeSnapshots,
  parseJsonNumbers,
  type SpanSnapshot,
  type StoredSpan,
  snapshotOfPiece,
  snapshotOfStored,
} from "@everspan/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SpanExistsError, type TraceStore } from "./trace-store.ts";

const P = "project";
const WHOLE = Number.POSITIVE_INFINITY;

/** A span of trace `t`, ended after one second unless said otherwise. */
export function snapshot(fields: Partial<SpanSnapshot> & { id: string }): SpanSnapshot {
  return {
    phase: "ended",
    revision: 1,
    traceId: "t",
    name: fields.id,
    type: "STANDALONE",
    startTime: "2026-01-31T12:00:00.000000Z",
    ...(fields.phase !== "started" && { endTime: "2026-01-31T12:00:01.000000Z" }),
    status: "OK",
    ...fields,
  };
}

/** A trace with all its spans, page by page. */
export async function traceOf(store: TraceStore, project: string, traceId: string, payloadLimitBytes: number) {
  const first = await store.readTrace(project, traceId, { payloadLimitBytes });
  if (first === undefined) return undefined;
  const spans = JSON.parse(first.spansJson) as StoredSpan[];
  const producers = new Map(first.producers.map((producer) => [producer.id, producer]));
  for (let cursor = first.nextCursor; cursor !== null; ) {
    const page = (await store.readTrace(project, traceId, { payloadLimitBytes, cursor }))!;
    spans.push(...(JSON.parse(page.spansJson) as StoredSpan[]));
    for (const producer of page.producers) producers.set(producer.id, producer);
    cursor = page.nextCursor;
  }
  return { trace: first.trace, spans, producers: [...producers.values()] };
}

export interface ContractOptions {
  /** Runs of each property; fewer where each write is a request to another process. Default 60. */
  readonly runs?: number;
}

export function traceStoreContract(
  name: string,
  open: () => Promise<TraceStore>,
  { runs = 60 }: ContractOptions = {},
): void {
  describe(`${name} keeps the promises of a trace store`, () => {
    let store: TraceStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    /** What a store answers that says no more of a snapshot than that it was taken. */
    const verdicts = (...exact: MergeVerdict[]): MergeVerdict[] =>
      store.capabilities.has("verdicts") ? exact : exact.map(() => "stored-new");

    describe("writing", () => {
      test("a whole span comes back as it was written", async () => {
        const span = snapshot({
          id: "s",
          parentId: "p",
          taskId: "task",
          type: "COMPLETION",
          status: "ERROR",
          error: { type: "TypeError", message: "no", stack: "at x" },
          input: { messages: [{ role: "user", content: "é\u0000\u0001😀".repeat(200) }] },
          output: ["a", 1, null, false, {}],
          data: {
            __proto__x: 1,
            nested: { list: Array.from({ length: 100 }, (_, i) => ({ i, text: "x".repeat(i) })) },
          },
          service: { name: "svc", version: "1" },
          obs: { traceId: "0".repeat(31) + 1, spanId: "0".repeat(15) + 1 },
        });
        await store.write(P, [span]);
        expect(await store.getSpan(P, "t", "s")).toEqual({ ...span, durationMs: 1000 });
      });

      test("payloads keep their bytes: property order, falsy values, awkward keys", async () => {
        const payloads = [0, "", false, null, [], {}, '{"b":1,"a":{"2":0,"1":0}}', '{"__proto__":{"x":1},"":""}'].map(
          (payload) =>
            (typeof payload === "string" && payload.startsWith("{") ? JSON.parse(payload) : payload) as unknown,
        );
        await store.write(
          P,
          payloads.map((input, index) => snapshot({ id: `s${index}`, input })),
        );
        for (const [index, payload] of payloads.entries()) {
          const span = await store.getSpan(P, "t", `s${index}`);
          expect(JSON.stringify(span?.input)).toBe(JSON.stringify(payload));
        }
        expect(({} as Record<string, unknown>).x).toBeUndefined();
      });

      test("gives each snapshot its verdict", async () => {
        const started = snapshot({ id: "s", phase: "started", revision: 1 });
        const ended = snapshot({ id: "s", revision: 2 });
        expect(await store.write(P, [ended, started, ended, { ...ended, name: "other" }])).toEqual(
          verdicts("stored-new", "superseded", "duplicate", "conflict"),
        );
      });

      test("an empty write is none", async () => {
        expect(await store.write(P, [])).toEqual([]);
        expect((await store.listTraces(P, { limit: 10 })).traces).toEqual([]);
      });

      test("the same snapshots in any order, repeated at will, give the state of the merge rule", async () => {
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(anySnapshot, { minLength: 1, maxLength: 12 }), fc.nat(), async (snapshots, cut) => {
            run += 1;
            const ours = snapshots.map((span) => ({ ...span, traceId: `run-${run}` }));
            const at = cut % (ours.length + 1);
            await store.write(P, ours.slice(0, at));
            await store.write(P, ours.slice(at));
            await expectMerged(store, `run-${run}`, ours);
          }),
          { numRuns: runs },
        );
      });

      test("an insert refuses a span that exists and writes nothing of its request", async ({ skip }) => {
        if (!store.capabilities.has("insert")) skip("the store has no insert");
        await store.write(P, [snapshot({ id: "a" })]);
        const again = store.write(P, [snapshot({ id: "b" }), snapshot({ id: "a" })], { mode: "insert" });
        await expect(again).rejects.toBeInstanceOf(SpanExistsError);
        const twice = store.write(P, [snapshot({ id: "c" }), snapshot({ id: "c" })], { mode: "insert" });
        await expect(twice).rejects.toBeInstanceOf(SpanExistsError);
        expect((await traceOf(store, P, "t", WHOLE))?.spans.map((span) => span.id)).toEqual(["a"]);
      });

      test("by arrival the later of two different snapshots of one phase stands, and an end beats a start", async () => {
        const ended = snapshot({ id: "s" });
        await store.write(P, [ended], { order: "arrival" });
        const answers = [
          ...(await store.write(P, [{ ...ended, name: "renamed" }], { order: "arrival" })),
          ...(await store.write(P, [{ ...ended, name: "renamed" }], { order: "arrival" })),
          ...(await store.write(P, [snapshot({ id: "s", phase: "started", revision: 0 })], { order: "arrival" })),
          ...(await store.write(P, [{ ...ended, name: "again" }], { order: "arrival" })),
        ];
        expect(answers).toEqual(verdicts("stored-new", "duplicate", "superseded", "stored-new"));
        expect((await store.getSpan(P, "t", "s"))?.name).toBe("again");
      });

      test("pieces of a span make the same span in whatever order", async () => {
        const base = { traceId: "t", guessedStart: "2026-01-31T12:00:05.000000Z" };
        const created = { stamp: 1, stated: { name: "llm", startTime: "2026-01-31T12:00:00.000000Z", input: "asked" } };
        const ended = { stamp: 2, stated: { endTime: "2026-01-31T12:00:01.000000Z", output: "answered" } };
        for (const [id, pieces] of Object.entries({
          a: [created, ended],
          b: [ended, created],
          c: [ended, ended, created],
        })) {
          for (const piece of pieces) {
            await store.write(P, [snapshotOfPiece({ ...base, ...piece, id })], { order: "pieces" });
          }
          expect(await store.getSpan(P, "t", id)).toMatchObject({ ...created.stated, ...ended.stated, phase: "ended" });
        }
        const again = snapshotOfPiece({ ...base, ...ended, id: "a" });
        expect(await store.write(P, [again], { order: "pieces" })).toEqual(verdicts("duplicate"));
        expect((await traceOf(store, P, "t", WHOLE))?.trace).toMatchObject({ spanCount: 3, running: false });
      });

      test("a number that no double holds keeps its digits, of a span that comes whole and of one in pieces", async () => {
        const input = parseJsonNumbers('{"order":12345678901234567890}');
        await store.write(P, [snapshot({ id: "whole", input: input as JsonObject })]);
        const base = { traceId: "t", guessedStart: "2026-01-31T12:00:05.000000Z", id: "pieces" };
        const created = { name: "llm", startTime: "2026-01-31T12:00:00.000000Z", input: input as JsonObject };
        await store.write(P, [snapshotOfPiece({ ...base, stamp: 1, stated: created })], { order: "pieces" });
        const ended = { endTime: "2026-01-31T12:00:01.000000Z" };
        await store.write(P, [snapshotOfPiece({ ...base, stamp: 2, stated: ended })], { order: "pieces" });
        for (const id of ["whole", "pieces"]) {
          expect(encodeJson((await store.getSpan(P, "t", id))?.input), id).toBe('{"order":12345678901234567890}');
        }
      });

      test("a patch sees the whole span and changes it; an unknown id is undefined", async () => {
        await store.write(P, [snapshot({ id: "s", phase: "started", input: { big: "x".repeat(1000) } })]);
        const patched = await store.patch(P, "s", (current) => {
          expect(current.input).toEqual({ big: "x".repeat(1000) });
          return { ...current, phase: "ended", endTime: "2026-01-31T12:00:03.000000Z", output: 1 };
        });
        expect(patched).toMatchObject({
          phase: "ended",
          durationMs: 3000,
          output: 1,
          input: { big: "x".repeat(1000) },
        });
        expect(await store.patch(P, "nobody", (current) => current)).toBeUndefined();
      });

      test("a patch that refuses rejects with its own error and leaves the span and other writes alone", async () => {
        await store.write(P, [snapshot({ id: "s" })]);
        const refusal = new Error("refused");
        const patch = store.patch(P, "s", () => {
          throw refusal;
        });
        const neighbour = store.write(P, [snapshot({ id: "n" })]);
        await expect(patch).rejects.toBe(refusal);
        expect(await neighbour).toEqual(["stored-new"]);
        expect((await traceOf(store, P, "t", WHOLE))?.trace.spanCount).toBe(2);
      });

      test("writes made at the same time all land, and patches between them lose nothing", async () => {
        await store.write(P, [snapshot({ id: "counter", data: { count: 0 } })]);
        await Promise.all(
          Array.from({ length: 50 }, async (_, index) => {
            await store.write(P, [snapshot({ id: `s${index}` })]);
            await store.patch(P, "counter", (current) => ({
              ...current,
              revision: current.revision + 1,
              data: { count: Number(current.data?.count) + 1 },
            }));
          }),
        );
        const trace = await traceOf(store, P, "t", WHOLE);
        expect(trace?.trace.spanCount).toBe(51);
        expect(trace?.spans.find((span) => span.id === "counter")?.data).toEqual({ count: 50 });
      });
    });

    describe("summaries", () => {
      test("a trace is named by its root, timed by all, counted exactly", async () => {
        await store.write(P, [
          snapshot({
            id: "llm",
            parentId: "root",
            type: "COMPLETION",
            status: "ERROR",
            endTime: "2026-01-31T12:00:09.000000Z",
          }),
          snapshot({ id: "root", name: "answer the question", type: "AGENT_WORKFLOW", service: { name: "svc" } }),
          snapshot({ id: "open", parentId: "root", phase: "started" }),
        ]);
        expect((await traceOf(store, P, "t", WHOLE))?.trace).toEqual({
          traceId: "t",
          name: "answer the question",
          service: "svc",
          startTime: "2026-01-31T12:00:00.000000Z",
          endTime: "2026-01-31T12:00:09.000000Z",
          durationMs: 9000,
          spanCount: 3,
          errorCount: 1,
          failedSpanCount: 1,
          status: "OK",
          running: true,
          stalledCount: 0,
          lostCount: 0,
          leftOpenCount: 0,
          interruptedCount: 0,
          inputTokens: 0,
          outputTokens: 0,
          costUsd: null,
          models: [],
          missingRoot: false,
          droppedRecords: 0,
          cutPayloadCount: 0,
          asked: null,
          answered: null,
          session: null,
          user: null,
          environment: null,
          tags: [],
          pinned: false,
          revision: expect.any(Number),
        });
      });

      test("tokens and cost are the model calls' sums, and a turn that repeats them does not count them twice", async () => {
        const usage = { usage: { input_tokens: 100, output_tokens: 20 }, cost_usd: 0.1, model: "m" };
        const sum = { usage: { input_tokens: 300, output_tokens: 60 }, cost_usd: 0.3 };
        await store.write(P, [
          snapshot({ id: "turn", type: "AGENT_WORKFLOW", data: sum }),
          ...["a", "b", "c"].map((id) => snapshot({ id, parentId: "turn", type: "COMPLETION", data: usage })),
        ]);
        const summary = (await traceOf(store, P, "t", WHOLE))?.trace;
        expect(summary).toMatchObject({ inputTokens: 300, outputTokens: 60, costUsd: 0.3, models: ["m"] });
      });

      test("the summary is that of the spans as they stand, in whatever order they came", async () => {
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(anySnapshot, { minLength: 1, maxLength: 12 }), async (snapshots) => {
            run += 1;
            const [inOrder, fresh] = [`in-order-${run}`, `fresh-${run}`];
            for (const span of snapshots) await store.write(P, [{ ...span, traceId: inOrder }]);
            const spans = (await traceOf(store, P, inOrder, WHOLE))!.spans;
            for (const span of [...spans].reverse()) await store.write(P, [{ ...span, traceId: fresh }]);
            const summaryOf = async (traceId: string) => ({
              ...(await traceOf(store, P, traceId, 0))!.trace,
              traceId: "",
              revision: 0,
            });
            expect(await summaryOf(inOrder)).toEqual(await summaryOf(fresh));
          }),
          { numRuns: Math.ceil((runs * 2) / 3) },
        );
      });
    });

    describe("reading", () => {
      test("what is unknown is undefined or empty", async () => {
        expect(await traceOf(store, P, "t", WHOLE)).toBeUndefined();
        expect(await store.getSpan(P, "t", "s")).toBeUndefined();
        expect(await store.findSpan(P, "s")).toBeUndefined();
        expect(
          await store.listSpans(P, { traceId: "t", limit: 5, offset: 0, orderBy: "id", descending: false }),
        ).toEqual([]);
      });

      test("a payload over the limit is left out and says its size", async () => {
        const input = { text: "é".repeat(100) };
        await store.write(P, [snapshot({ id: "s", input, output: "x" })]);
        const bytes = Buffer.byteLength(JSON.stringify(input));
        const spanAt = async (limit: number) => (await traceOf(store, P, "t", limit))?.spans[0];
        expect(await spanAt(bytes)).toMatchObject({ input, output: "x" });
        expect(await spanAt(bytes - 1)).toMatchObject({ input: { omitted: true, bytes }, output: "x" });
      });

      test("X15 X16 projects with the same ids neither read nor change each other's spans", async () => {
        await store.write("one", [snapshot({ id: "s", name: "one", input: "x".repeat(1000) })]);
        await store.write("two", [snapshot({ id: "s", name: "two", input: "x".repeat(1000) })]);
        expect((await store.getSpan("one", "t", "s"))?.name).toBe("one");
        expect((await store.findSpan("two", "s"))?.name).toBe("two");
        expect((await store.listTraces("one", { limit: 9 })).traces.map((trace) => trace.name)).toEqual(["one"]);
        expect(await traceOf(store, "three", "t", WHOLE)).toBeUndefined();
        expect(await store.stats("three")).toMatchObject({ traces: 0, spans: 0 });
      });

      test("pages of the list hold each trace once, in order, for each sort", async () => {
        for (let i = 0; i < 23; i++) {
          const startTime = `2026-01-31T12:00:${String(i % 5).padStart(2, "0")}.000000Z`;
          await store.write(P, [
            snapshot({ id: "s", traceId: `t${i}`, startTime, endTime: "2026-01-31T12:01:00.000000Z" }),
          ]);
        }
        for (const sort of ["-startTime", "startTime", "durationMs", "-spanCount", "costUsd"] as const) {
          const seen = await allPages(store, sort);
          expect(new Set(seen).size).toBe(23);
          expect(seen).toHaveLength(23);
        }
      });

      test("the list is filtered by text, status, type, service, time and duration", async () => {
        await store.write(P, [
          snapshot({
            id: "a",
            traceId: "find-me",
            name: "Weather 100%_sure",
            service: { name: "svc" },
            type: "COMPLETION",
          }),
          snapshot({
            id: "b",
            traceId: "other",
            name: "other",
            status: "ERROR",
            endTime: "2026-01-31T13:00:00.000000Z",
          }),
          snapshot({
            id: "c",
            traceId: "open",
            name: "open",
            phase: "started",
            startTime: "2026-02-01T00:00:00.000000Z",
          }),
        ]);
        const ids = async (query: object) =>
          (await store.listTraces(P, { limit: 9, ...query })).traces.map((t) => t.traceId);
        expect(await ids({ text: "wEATHER" })).toEqual(["find-me"]);
        expect(await ids({ text: "100%_" })).toEqual(["find-me"]);
        expect(await ids({ text: "%" })).toEqual(["find-me"]);
        expect(await ids({ text: "find" })).toEqual(["find-me"]);
        expect(await ids({ status: "ERROR" })).toEqual(["other"]);
        expect(await ids({ status: "RUNNING" })).toEqual(["open"]);
        expect(await ids({ type: "COMPLETION" })).toEqual(["find-me"]);
        expect(await ids({ service: "svc" })).toEqual(["find-me"]);
        expect(await ids({ minDurationMs: 2000 })).toEqual(["other"]);
        expect(await ids({ fromMicros: Date.UTC(2026, 1, 1) * 1000 })).toEqual(["open"]);
        expect(await ids({ toMicros: Date.UTC(2026, 1, 1) * 1000, status: "OK" })).toEqual(["find-me"]);
      });

      test("spans of a trace or a task come in pages and in the order asked for", async () => {
        await store.write(
          P,
          ["a", "b", "c"].map((id) => snapshot({ id, taskId: "task", traceId: `t-${id}` })),
        );
        const page = { limit: 2, offset: 0, orderBy: "id", descending: true } as const;
        expect((await store.listSpans(P, { ...page, taskId: "task" })).map((span) => span.id)).toEqual(["c", "b"]);
        expect((await store.listSpans(P, { ...page, taskId: "task", offset: 2 })).map((span) => span.id)).toEqual([
          "a",
        ]);
        expect((await store.listSpans(P, { ...page, traceId: "t-b" })).map((span) => span.id)).toEqual(["b"]);
      });

      test("the figures count traces, spans and what runs", async () => {
        await store.write(P, [snapshot({ id: "a" }), snapshot({ id: "b", traceId: "u", phase: "started" })]);
        expect(await store.stats(P)).toMatchObject({ traces: 2, spans: 2, runningTraces: 1 });
      });
    });
  });
}

/** Few ids and values, so that snapshots of one span meet often. */
const anySnapshot: fc.Arbitrary<SpanSnapshot> = fc
  .record({
    id: fc.constantFrom("a", "b", "c"),
    parentId: fc.constantFrom(undefined, "a", "b"),
    phase: fc.constantFrom("started" as const, "ended" as const),
    revision: fc.integer({ min: 0, max: 3 }),
    name: fc.constantFrom("x", "y"),
    type: fc.constantFrom("COMPLETION" as const, "STANDALONE" as const),
    status: fc.constantFrom("OK" as const, "ERROR" as const),
    startSecond: fc.integer({ min: 0, max: 3 }),
    model: fc.constantFrom(undefined, "m1", "m2"),
    tokens: fc.integer({ min: 0, max: 3 }),
    input: fc.constantFrom(undefined, "small", "large".repeat(100), { a: 1, b: 2 }),
  })
  .map(({ startSecond, model, tokens, parentId, input, ...fields }) =>
    snapshot({
      ...fields,
      ...(parentId !== undefined && { parentId }),
      ...(input !== undefined && { input }),
      startTime: `2026-01-31T12:00:0${startSecond}.000000Z`,
      ...(fields.phase === "ended" && { endTime: `2026-01-31T12:00:0${startSecond + 1}.000000Z` }),
      data: { usage: { input_tokens: tokens }, cost_usd: tokens / 10, ...(model !== undefined && { model }) },
    }),
  );

async function expectMerged(store: TraceStore, traceId: string, snapshots: readonly SpanSnapshot[]): Promise<void> {
  const expected = new Map<string, SpanSnapshot>();
  for (const span of snapshots) expected.set(span.id, mergeSnapshots(expected.get(span.id), span).winner);
  const stored = (await traceOf(store, P, traceId, WHOLE))!;
  expect(stored.spans).toHaveLength(expected.size);
  for (const span of stored.spans) {
    expect(contentHash(snapshotOfStored(span))).toBe(contentHash(expected.get(span.id)!));
  }
  expect(stored.trace.spanCount).toBe(expected.size);
}

async function allPages(store: TraceStore, sort: "-startTime" | "startTime" | "durationMs" | "-spanCount" | "costUsd") {
  const seen: string[] = [];
  let page = await store.listTraces(P, { limit: 7, sort });
  for (;;) {
    seen.push(...page.traces.map((trace) => trace.traceId));
    if (page.nextCursor === null) return seen;
    page = await store.listTraces(P, { limit: 7, sort, cursor: page.nextCursor });
  }
}
