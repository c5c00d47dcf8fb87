/**
 * What a store promises beyond spans and their summaries, as tests: pages and increments of a trace, facets and filters,
 * text search, aggregates, sessions, deletion and retention. A store without a capability is asked nothing of it.
 */
import type { SpanSnapshot, StoredSpan } from "@everspan/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StoreCapability } from "./capabilities.ts";
import { snapshot, traceOf } from "./trace-store.contract.ts";
import { BadCursorError, SpanRefusedError, type TraceStore } from "./trace-store.ts";

const P = "project";
const WHOLE = Number.POSITIVE_INFINITY;
const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 0, 31, 12);

export interface OpenedStore {
  readonly store: TraceStore;
  /** Sets the store's wall clock, in milliseconds. */
  readonly setTime: (nowMs: number) => void;
  /** Lets everything happen that happens behind the writes. */
  readonly settle: () => Promise<void>;
}

export function storeFeaturesContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps what it promises beyond spans`, () => {
    let opened: OpenedStore;
    let store: TraceStore;
    beforeEach(async () => {
      opened = await open();
      opened.setTime(NOON_MS);
      ({ store } = opened);
    });
    afterEach(() => store.close());

    const can = (capability: StoreCapability, skip: (why: string) => void) => {
      if (!store.capabilities.has(capability)) skip(`the store has no ${capability}`);
    };
    const idsOf = async (query: object) =>
      (await store.listTraces(P, { limit: 50, ...query })).traces.map((trace) => trace.traceId).sort();

    describe("a trace in pages", () => {
      const many = Array.from({ length: 25 }, (_, i) =>
        snapshot({ id: `s${i}`, startTime: `2026-01-31T12:00:00.0000${String(i % 7).padStart(2, "0")}Z` }),
      );

      test("holds each span once, in order, whatever ends a page", async () => {
        await store.write(P, many);
        for (const limits of [{ limit: 4 }, { maxBytes: 900 }, { limit: 1 }]) {
          const seen: string[] = [];
          let cursor: string | null | undefined;
          while (cursor !== null) {
            const query = { payloadLimitBytes: WHOLE, ...limits, ...(cursor !== undefined && { cursor }) };
            const page = (await store.readTrace(P, "t", query))!;
            seen.push(...(JSON.parse(page.spansJson) as StoredSpan[]).map((span) => span.id));
            cursor = page.nextCursor;
          }
          expect(seen).toHaveLength(25);
          expect(new Set(seen).size).toBe(25);
        }
      });

      test("a cursor that is none is refused", async () => {
        await store.write(P, many);
        const read = store.readTrace(P, "t", { payloadLimitBytes: 0, cursor: "nonsense!" });
        await expect(read).rejects.toBeInstanceOf(BadCursorError);
      });

      test("since a revision only what changed comes, and nothing when nothing did", async () => {
        await store.write(P, many.slice(0, 5));
        const before = (await traceOf(store, P, "t", WHOLE))!.trace.revision;
        await store.write(P, [snapshot({ id: "new" }), { ...many[1]!, revision: 9, name: "changed" }]);
        const read = async (since: number) => {
          const page = (await store.readTrace(P, "t", { payloadLimitBytes: WHOLE, since }))!;
          return { revision: page.trace.revision, ids: (JSON.parse(page.spansJson) as StoredSpan[]).map((s) => s.id) };
        };
        const increment = await read(before);
        expect(increment.ids.sort()).toEqual(["new", "s1"]);
        expect(increment.revision).toBeGreaterThan(before);
        expect((await read(increment.revision)).ids).toEqual([]);
      });
    });

    describe("summaries", () => {
      test("one fault that passes through its ancestors is one error", async () => {
        const failed = { status: "ERROR", error: { type: "E", message: "m" } } as const;
        await store.write(P, [
          snapshot({ id: "a", ...failed }),
          snapshot({ id: "b", parentId: "a", ...failed }),
          snapshot({ id: "c", parentId: "b", ...failed }),
        ]);
        expect((await traceOf(store, P, "t", 0))?.trace).toMatchObject({ errorCount: 1, failedSpanCount: 3 });
      });

      test("a trace without its root says so, and has the status of its earliest span", async () => {
        await store.write(P, [snapshot({ id: "a", parentId: "elsewhere", status: "ERROR" })]);
        const { trace } = (await traceOf(store, P, "t", 0))!;
        expect(trace).toMatchObject({ missingRoot: true, status: "ERROR", name: "a" });
        await store.write(P, [snapshot({ id: "elsewhere", startTime: "2026-01-31T12:00:00.500000Z" })]);
        expect((await traceOf(store, P, "t", 0))?.trace).toMatchObject({ missingRoot: false, status: "OK" });
      });

      test("records that its process dropped, and payloads that were cut, are counted", async () => {
        const report = (batch: number, dropped: number) => ({
          report: {
            id: "a".repeat(32),
            batch,
            lastSeq: 0,
            ledger: {
              created: 9,
              recovered: 0,
              delivered: 1,
              coalesced: 0,
              pending: 0,
              maybeDelivered: 0,
              dropped: { queue_full: dropped },
            },
          },
          final: false,
          receivedAtMs: NOON_MS,
          service: null,
        });
        await store.write(P, [snapshot({ id: "a", output: "[Truncated: 20520000 characters]" })], {
          producer: report(1, 0),
        });
        await store.write(P, [snapshot({ id: "b", parentId: "a" })], { producer: report(2, 741) });
        expect((await traceOf(store, P, "t", 0))?.trace).toMatchObject({ droppedRecords: 741, cutPayloadCount: 1 });
        expect(await idsOf({ status: "PARTIAL" })).toEqual(["t"]);
      });

      test("an end that is taken back, a start that moves, a model that changes leave nothing behind", async () => {
        const span = snapshot({ id: "s", type: "COMPLETION", data: { model: "asked" } });
        await store.write(P, [
          snapshot({ id: "r", endTime: "2026-01-31T12:00:00.100000Z" }),
          { ...span, parentId: "r" },
        ]);
        await store.write(P, [
          { ...span, parentId: "r", revision: 2, endTime: "2026-01-31T12:00:00.200000Z", data: { model: "answered" } },
        ]);
        expect((await traceOf(store, P, "t", 0))?.trace).toMatchObject({ durationMs: 200, models: ["answered"] });
      });

      test("sums that no double holds are cut off, and the list goes on", async () => {
        const huge = { usage: { input_tokens: Number.MAX_SAFE_INTEGER }, cost_usd: 1e308 };
        await store.write(
          P,
          ["a", "b"].map((id) => snapshot({ id, type: "COMPLETION", data: huge })),
        );
        const { traces } = await store.listTraces(P, { limit: 5, sort: "-costUsd" });
        expect(traces[0]!.inputTokens).toBeGreaterThan(0);
        expect(Number.isSafeInteger(traces[0]!.inputTokens)).toBe(true);
        expect(Number.isFinite(traces[0]!.costUsd)).toBe(true);
      });

      test("a name beyond its bound is refused, its neighbours of another request are stored", async () => {
        const refused = store.write(P, [snapshot({ id: "long", name: "N".repeat(1_000_000) })]);
        const neighbour = store.write(P, [snapshot({ id: "n", name: "n".repeat(5_000) })]);
        await expect(refused).rejects.toBeInstanceOf(SpanRefusedError);
        expect(await neighbour).toEqual(["stored-new"]);
        expect((await store.listTraces(P, { limit: 5 })).traces[0]!.name.length).toBeLessThan(300);
        expect((await store.getSpan(P, "t", "n"))?.name).toHaveLength(5_000);
      });
    });

    describe("facets and filters", () => {
      const runs: readonly SpanSnapshot[] = ["a", "b", "c"].flatMap((id, i) => [
        snapshot({ id: `${id}-r`, traceId: id, name: "turn", service: { name: i === 0 ? "svc" : "other" } }),
        snapshot({
          id: `${id}-m`,
          traceId: id,
          parentId: `${id}-r`,
          type: "COMPLETION",
          status: i === 2 ? "ERROR" : "OK",
          data: { model: `model-${i}`, usage: { input_tokens: 100 * (i + 1), output_tokens: 0 }, cost_usd: i },
          ...(i === 2 && { error: { type: "RateLimit", message: "429" } }),
        }),
      ]);

      test("every filter finds the traces that fit, alone and together", async () => {
        await store.write(P, runs);
        expect(await idsOf({ service: "other" })).toEqual(["b", "c"]);
        expect(await idsOf({ model: "model-1" })).toEqual(["b"]);
        expect(await idsOf({ name: "turn", errorType: "RateLimit" })).toEqual(["c"]);
        expect(await idsOf({ service: "svc", model: "model-1" })).toEqual([]);
        expect(await idsOf({ minTokens: 200 })).toEqual(["b", "c"]);
        expect(await idsOf({ minTokens: 150, maxTokens: 250, sort: "-tokens" })).toEqual(["b"]);
        expect(await idsOf({ maxCostUsd: 1, sort: "costUsd" })).toEqual(["a", "b"]);
        expect(await idsOf({ tag: "none such" })).toEqual([]);
      });

      test("a trace is found by each of its values, however many", async () => {
        const names = Array.from({ length: 40 }, (_, index) => `name ${index}`);
        await store.write(
          P,
          names.map((name) => snapshot({ id: name, name })),
        );
        for (const name of names) expect(await idsOf({ name })).toEqual(["t"]);
      });

      test("the values of a field come with their traces, and go with them", async ({ skip }) => {
        can("facets", skip);
        await store.write(P, runs);
        const facets = await store.facets(P, { fields: ["service", "model"], limit: 2 });
        expect(facets.service).toEqual([
          { value: "other", count: 2 },
          { value: "svc", count: 1 },
        ]);
        expect(facets.model).toHaveLength(2);
        expect(await store.facets(P, { fields: ["service"], prefix: "OT", limit: 9 })).toEqual({
          service: [{ value: "other", count: 2 }],
        });
        expect(
          await store.facets(P, { fields: ["service", "model"], limit: 1, of: { service: "other", minTokens: 300 } }),
        ).toEqual({ service: [{ value: "other", count: 1 }], model: [{ value: "model-2", count: 1 }] });
        expect((await store.facets(P, { fields: ["model"], limit: 9, of: { service: "none" } })).model).toEqual([]);
        expect(await store.facets("another", { fields: ["service"], limit: 9 })).toEqual({ service: [] });
        if (!store.capabilities.has("deletion")) return;
        await store.deleteTraces(P, { traceIds: ["a"] });
        expect((await store.facets(P, { fields: ["service"], limit: 9 })).service).toEqual([
          { value: "other", count: 2 },
        ]);
      });
    });

    test("search finds words, beginnings, phrases, other scripts and cases, where they were first said", async ({
      skip,
    }) => {
      can("search", skip);
      const messages = [{ role: "user", content: `The deferred queryset is broken. ${"filler ".repeat(80)}` }];
      await store.write(P, [
        snapshot({ id: "first", input: { messages } }),
        snapshot({
          id: "again",
          startTime: "2026-01-31T12:00:00.100000Z",
          input: { messages: [...messages, { role: "user", content: "Прогноз ПОГОДЫ für STRASSE" }] },
        }),
        snapshot({
          id: "tool",
          traceId: "u",
          name: "weather",
          output: { text: "今日の天気は晴れです", error: 'say \\"no\\"' },
        }),
      ]);
      await opened.settle();
      const find = async (text: string, more: object = {}) =>
        (await store.searchText(P, { text, limit: 10, ...more })).hits.map((hit) => hit.spanId);
      expect(await find("queryset")).toEqual(["first"]);
      expect(await find("defer")).toEqual(["first"]);
      expect(await find('"deferred queryset"')).toEqual(["first"]);
      expect(await find('"queryset deferred"')).toEqual([]);
      expect(await find("прогноз погоды")).toEqual(["again"]);
      expect(await find("天気")).toEqual(["tool"]);
      expect(await find("気天")).toEqual([]);
      expect(await find("WEATHER")).toEqual(["tool"]);
      expect(await find("weather", { traceId: "t" })).toEqual([]);
      expect(await find("nowhere OR NEAR( *")).toEqual([]);
      const { hits, indexedUpTo } = await store.searchText(P, { text: "queryset", limit: 1 });
      expect(indexedUpTo).toBeNull();
      expect(hits[0]).toMatchObject({ traceId: "t", place: "input" });
      const [from, to] = hits[0]!.marks[0]!;
      expect(hits[0]!.snippet.slice(from, to).toLowerCase()).toBe("queryset");
      expect((await store.searchText("another", { text: "queryset", limit: 1 })).hits).toEqual([]);
    });

    test("search finds each span of a long trace, also of those that came later between the others", async ({
      skip,
    }) => {
      can("search", skip);
      const numbered = (from: number, every: number) =>
        Array.from({ length: 600 }, (_, index) => from + index * every).map((number) =>
          snapshot({
            id: `s${number}`,
            startTime: new Date(NOON_MS + number).toISOString(),
            output: { words: `word${number}x` },
          }),
        );
      const find = async (text: string) =>
        (await store.searchText(P, { text, limit: 10 })).hits.map((hit) => hit.spanId);
      await store.write(P, numbered(0, 2));
      await opened.settle();
      await store.write(P, numbered(1, 2));
      await opened.settle();
      for (const number of [0, 1, 254, 255, 256, 257, 510, 511, 512, 513, 1198, 1199]) {
        expect(await find(`word${number}x`)).toEqual([`s${number}`]);
      }
    });

    test("aggregates count spans by hour and group, and a replaced span once", async ({ skip }) => {
      can("aggregates", skip);
      const start = snapshot({ id: "s", phase: "started", service: { name: "svc" } });
      await store.write(P, [start, snapshot({ id: "e", traceId: "u", status: "ERROR", service: { name: "svc" } })]);
      await store.write(P, [{ ...start, phase: "ended", endTime: "2026-01-31T12:00:04.000000Z" }]);
      const window = { fromMicros: (NOON_MS - DAY_MS) * 1000, toMicros: (NOON_MS + DAY_MS) * 1000 };
      const { rows } = await store.aggregates(P, { ...window, bucket: "hour", by: "service" });
      expect(rows).toMatchObject([
        { time: "2026-01-31T12:00:00.000000Z", group: "svc", spanCount: 2, failedSpanCount: 1 },
      ]);
      expect(rows[0]!.durationMs!.p99).toBeGreaterThan(3600);
      expect(rows[0]!.durationMs!.p99).toBeLessThan(4400);
      expect((await store.aggregates("another", { ...window, bucket: "day" })).rows).toEqual([]);
    });

    test("aggregates by tool count its calls as one, whatever the spans are called", async ({ skip }) => {
      can("aggregates", skip);
      const call = { type: "CODE_EXECUTION" as const, service: { name: "svc" } };
      const named = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search" };
      await store.write(P, [
        snapshot({ ...call, id: "a", name: "search" }),
        snapshot({ ...call, id: "b", name: "execute_tool search", data: named, status: "ERROR" }),
        snapshot({ id: "c", name: "chat", type: "COMPLETION" }),
      ]);
      const window = { fromMicros: (NOON_MS - DAY_MS) * 1000, toMicros: (NOON_MS + DAY_MS) * 1000 };
      const { rows } = await store.aggregates(P, { ...window, bucket: "hour", by: "tool" });
      const found = Object.fromEntries(
        rows.map(({ group, spanCount, failedSpanCount }) => [String(group), [spanCount, failedSpanCount]]),
      );
      expect(found).toEqual({ search: [2, 1], null: [1, 0] });
    });

    describe("deletion and retention", () => {
      test("a deleted trace is gone from every answer, and a late retry does not bring a part of it back", async ({
        skip,
      }) => {
        can("deletion", skip);
        const spans = [
          snapshot({ id: "a", name: "needle", input: "x".repeat(2000) }),
          snapshot({ id: "b", parentId: "a" }),
        ];
        await store.write(P, [...spans, snapshot({ id: "k", traceId: "kept" })]);
        await opened.settle();
        expect(await store.deleteTraces(P, { traceIds: ["t", "unknown"] })).toEqual({
          deletedTraces: 1,
          deletedSpans: 2,
        });
        expect(await traceOf(store, P, "t", WHOLE)).toBeUndefined();
        expect(await store.findSpan(P, "a")).toBeUndefined();
        expect(await idsOf({})).toEqual(["kept"]);
        expect(await store.stats(P)).toMatchObject({ traces: 1, spans: 1 });
        if (store.capabilities.has("search")) {
          expect((await store.searchText(P, { text: "needle", limit: 5 })).hits).toEqual([]);
        }
        expect(await store.write(P, spans)).toEqual(["superseded", "superseded"]);
        expect(await traceOf(store, P, "t", WHOLE)).toBeUndefined();
        opened.setTime(NOON_MS + 8 * DAY_MS);
        expect(await store.write(P, spans)).toEqual(["stored-new", "stored-new"]);
      });

      test("S13 retention goes by the last arrival, keeps what is pinned, and does not believe a clock that jumped", async ({
        skip,
      }) => {
        can("deletion", skip);
        const policy = { maxAgeMs: 3 * DAY_MS, sliceMs: 1000 };
        const expire = async (nowMs: number) => {
          opened.setTime(nowMs);
          return (await store.expire({ ...policy, nowMs })).deletedTraces;
        };
        await store.write(P, [snapshot({ id: "old", traceId: "old" }), snapshot({ id: "pin", traceId: "pin" })]);
        await store.write(P, [snapshot({ id: "grown", traceId: "grown" })]);
        expect(await store.pin(P, "pin", true)).toBe(true);
        expect(await store.pin(P, "unknown", true)).toBe(false);
        opened.setTime(NOON_MS + 2 * DAY_MS);
        await store.write(P, [snapshot({ id: "later", traceId: "grown" })]);
        expect(await expire(NOON_MS + 2 * DAY_MS)).toBe(0);
        expect(await expire(NOON_MS + 3650 * DAY_MS)).toBe(0);
        await store.write(P, [snapshot({ id: "new", traceId: "new", startTime: "1999-01-31T12:00:00.000000Z" })]);
        opened.setTime(NOON_MS + 4 * DAY_MS);
        await store.deleteTraces(P, { traceIds: ["new"] });
        await store.write(P, [snapshot({ id: "now", traceId: "now", startTime: "1999-01-31T12:00:00.000000Z" })]);
        expect(await expire(NOON_MS + 4 * DAY_MS)).toBe(1);
        expect(await idsOf({})).toEqual(["grown", "now", "pin"]);
      });
    });
  });
}
