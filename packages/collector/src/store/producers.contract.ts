/** What every store promises about the producers of spans, as tests: call it with a way to open an empty store. */
import type { ProducerState, SpanSnapshot } from "@everspan/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_PRODUCERS, PRODUCER_LIFE_MS } from "../limits.ts";
import { type ContractOptions, snapshot, traceOf } from "./trace-store.contract.ts";
import type { ReceivedReport, TraceStore } from "./trace-store.ts";

const P = "project";
const NOON_MS = Date.UTC(2026, 0, 31, 12);

const idOf = (index: number) => index.toString(16).padStart(32, "0");

/** A word of the producer with this number. */
function reportOf(
  index: number,
  fields: Partial<ReceivedReport> & { batch?: number; openSpans?: number } = {},
): ReceivedReport {
  const { batch = 1, openSpans = 1, ...rest } = fields;
  return {
    report: { id: idOf(index), batch, lastSeq: 0, heartbeatMs: 10_000, openSpans },
    final: false,
    receivedAtMs: NOON_MS,
    service: null,
    ...rest,
  };
}

const open = (id: string, traceId = "t"): SpanSnapshot => snapshot({ id, traceId, phase: "started", revision: 0 });

export function producersContract(
  name: string,
  openStore: () => Promise<TraceStore>,
  { runs = 60 }: ContractOptions = {},
): void {
  describe(`${name} keeps the account of producers`, () => {
    let store: TraceStore;
    beforeEach(async () => {
      store = await openStore();
    });
    afterEach(() => store.close());

    const only = async () => {
      const producers = await store.listProducers(P, { limit: 10 });
      expect(producers).toHaveLength(1);
      return producers[0]!;
    };
    const summary = async (traceId = "t") => (await traceOf(store, P, traceId, 0))!.trace;

    test("what it said last is known, with the trace's spans and by itself", async () => {
      const ledger = { created: 9, recovered: 0, delivered: 1, coalesced: 0, pending: 2, maybeDelivered: 0 };
      const report = {
        id: idOf(1),
        batch: 4,
        lastSeq: 3,
        pid: 7,
        host: "h",
        startedAt: "2026-01-31T11:00:00.000000Z",
        heartbeatMs: 500,
        openSpans: 2,
        ledger: { ...ledger, dropped: { queue_full: 6 } },
      };
      await store.write(P, [open("s")], { producer: { ...reportOf(1), report, firstSeq: 2, service: "agent" } });
      const expected = {
        id: idOf(1),
        state: "running",
        service: "agent",
        host: "h",
        pid: 7,
        startedAt: report.startedAt,
        lastSeen: "2026-01-31T12:00:00.000000Z",
        heartbeatMs: 500,
        openSpans: 2,
        ledger: report.ledger,
        missingRecords: 1,
      };
      expect(await only()).toEqual(expected);
      const trace = await traceOf(store, P, "t", 0);
      expect(trace?.producers).toEqual([expected]);
      expect(trace?.spans).toMatchObject([{ producerId: idOf(1), producerState: "running" }]);
    });

    test("a span that nobody sent has no producer, and an ended one no state", async () => {
      await store.write(P, [open("anonymous")]);
      await store.write(P, [snapshot({ id: "ended" })], { producer: reportOf(1) });
      const spans = (await traceOf(store, P, "t", 0))!.spans;
      expect(spans.map(({ id, producerId, producerState }) => [id, producerId, producerState])).toEqual([
        ["anonymous", undefined, undefined],
        ["ended", idOf(1), undefined],
      ]);
    });

    test("what was overtaken by something newer changes neither account nor state", async () => {
      await store.report(P, reportOf(1, { batch: 5, openSpans: 0 }));
      await store.report(P, reportOf(1, { batch: 3, openSpans: 9, receivedAtMs: NOON_MS + 1 }));
      expect(await only()).toMatchObject({ openSpans: 0, lastSeen: "2026-01-31T12:00:00.001000Z" });
      await store.report(P, reportOf(1, { batch: 5, openSpans: 0, final: true }));
      await store.report(P, reportOf(1, { batch: 5, openSpans: 2 }));
      expect(await only()).toMatchObject({ state: "ended", openSpans: 0 });
      await store.report(P, reportOf(1, { batch: 6, openSpans: 1 }));
      expect(await only()).toMatchObject({ state: "running", openSpans: 1 });
    });

    test("a trace is not running for ever when its process is gone, and runs again when it is heard again", async () => {
      await store.write(P, [open("a"), open("b"), snapshot({ id: "c" })], { producer: reportOf(1) });
      expect(await summary()).toMatchObject({ running: true, stalledCount: 0, lostCount: 0 });
      await setState(store, P, 1, "stalled");
      expect(await summary()).toMatchObject({ running: true, stalledCount: 2, lostCount: 0 });
      await setState(store, P, 1, "lost");
      expect(await summary()).toMatchObject({ running: false, stalledCount: 0, lostCount: 2 });
      expect((await store.listTraces(P, { limit: 9, status: "RUNNING" })).traces).toEqual([]);
      expect(await store.stats(P)).toMatchObject({ runningTraces: 0 });
      await store.report(P, reportOf(1));
      expect(await summary()).toMatchObject({ running: true, stalledCount: 0, lostCount: 0 });
    });

    test("what silence says does not stand against a word that came meanwhile", async () => {
      await store.report(P, reportOf(1));
      const { reports } = (await store.getProducer(P, idOf(1)))!;
      const heard = store.report(P, reportOf(1));
      expect(await store.setProducerState(P, idOf(1), "lost", reports)).toBe(false);
      await heard;
      expect(await only()).toMatchObject({ state: "running" });
      expect(await store.setProducerState(P, idOf(2), "lost", 9)).toBe(false);
      expect(await store.getProducer(P, idOf(2))).toBeUndefined();
    });

    test("a trace that another process still works on runs on", async () => {
      await store.write(P, [open("a")], { producer: reportOf(1) });
      await store.write(P, [open("b")], { producer: reportOf(2) });
      await setState(store, P, 1, "lost");
      expect(await summary()).toMatchObject({ running: true, lostCount: 1 });
    });

    test("a final leaves what was not ended behind", async () => {
      await store.write(P, [open("a")], { producer: reportOf(1) });
      await store.report(P, reportOf(1, { final: true }));
      expect(await summary()).toMatchObject({ running: false, leftOpenCount: 1 });
    });

    test("a span stays with the producer that sent it first, also when another ends it as interrupted", async () => {
      await store.write(P, [open("a")], { producer: reportOf(1) });
      await setState(store, P, 1, "lost");
      const error = { type: "Interrupted", message: "the process ended" };
      await store.write(P, [snapshot({ id: "a", revision: 1, status: "ERROR", error })], { producer: reportOf(2) });
      expect(await store.producersOf(P, [{ traceId: "t", id: "a" }])).toEqual([idOf(1)]);
      expect(await summary()).toMatchObject({ running: false, lostCount: 0, interruptedCount: 1, errorCount: 1 });
    });

    test("who has open spans in which trace is known", async () => {
      await store.write(P, [open("a", "t1"), open("b", "t2"), open("c", "t2"), snapshot({ id: "d", traceId: "t3" })], {
        producer: reportOf(1),
      });
      expect(await store.openTraceIds(P, idOf(1))).toEqual(["t1", "t2"]);
      expect(await store.openTraceIds(P, idOf(2))).toEqual([]);
      expect(await store.producersOf(P, [{ traceId: "t", id: "nobody" }])).toEqual([]);
    });

    test("numbers that did not arrive are missing until they do", async () => {
      const batch = (firstSeq: number, lastSeq: number, number: number): ReceivedReport => ({
        ...reportOf(1),
        report: { ...reportOf(1).report, lastSeq, batch: number },
        firstSeq,
      });
      await store.write(P, [], { producer: batch(1, 10, 1) });
      await store.write(P, [], { producer: batch(21, 30, 3) });
      expect((await only()).missingRecords).toBe(10);
      await store.report(P, { ...reportOf(1), report: { ...reportOf(1).report, batch: 4, lastSeq: 35 } });
      expect((await only()).missingRecords).toBe(15);
      await store.write(P, [], { producer: batch(11, 20, 2) });
      expect((await only()).missingRecords).toBe(5);
    });

    test("projects have their own producers, under the same ids too", async () => {
      await store.write("one", [open("a")], { producer: reportOf(1) });
      await store.report("two", reportOf(1, { final: true }));
      expect(await store.listProducers("one", { limit: 9 })).toMatchObject([{ state: "running" }]);
      expect(await store.listProducers("two", { limit: 9, states: ["running"] })).toEqual([]);
      expect(await store.openTraceIds("two", idOf(1))).toEqual([]);
    });

    test("producers are forgotten when they were silent for long, or when there are too many; their open spans are lost", async () => {
      await store.write(P, [open("old")], { producer: reportOf(0) });
      await Promise.all(
        Array.from({ length: MAX_PRODUCERS }, (_, i) =>
          store.report(P, reportOf(i + 1, { receivedAtMs: NOON_MS + 1 + i })),
        ),
      );
      const states = async () => (await traceOf(store, P, "t", 0))!.spans.map(({ producerState }) => producerState);
      expect(await store.listProducers(P, { limit: 2 * MAX_PRODUCERS })).toHaveLength(MAX_PRODUCERS);
      expect(await states()).toEqual(["lost"]);
      expect(await summary()).toMatchObject({ running: false, lostCount: 1 });

      await store.report(P, reportOf(MAX_PRODUCERS + 1, { receivedAtMs: NOON_MS + 2 * PRODUCER_LIFE_MS }));
      const left = await store.listProducers(P, { limit: 2 * MAX_PRODUCERS });
      expect(left.length).toBeLessThan(MAX_PRODUCERS - 50);

      await store.report(P, reportOf(0, { receivedAtMs: NOON_MS + 2 * PRODUCER_LIFE_MS }));
      expect(await states()).toEqual(["running"]);
      expect(await summary()).toMatchObject({ running: true, lostCount: 0 });
    });

    test("after any history a summary counts what its spans say", async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 25 }), async (steps) => {
          run += 1;
          const project = `run-${run}`;
          for (const step of steps) await step(store, project);
          for (const traceId of ["t1", "t2"]) {
            const found = await traceOf(store, project, traceId, 0);
            if (found === undefined) continue;
            const states = found.spans.filter(({ phase }) => phase === "started").map((span) => span.producerState);
            const [lost, left] = ["lost", "ended"].map((gone) => states.filter((state) => state === gone).length);
            expect(found.trace).toMatchObject({
              stalledCount: states.filter((state) => state === "stalled").length,
              lostCount: lost,
              leftOpenCount: left,
              running: states.length > lost! + left!,
              interruptedCount: found.spans.filter(({ error }) => error?.type === "Interrupted").length,
            });
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

async function setState(store: TraceStore, project: string, index: number, state: ProducerState): Promise<boolean> {
  const known = await store.getProducer(project, idOf(index));
  return store.setProducerState(project, idOf(index), state, known?.reports ?? 0);
}

type Step = (store: TraceStore, project: string) => Promise<unknown>;

const anyProducer = fc.integer({ min: 1, max: 3 });

/** Few producers, traces and spans, so that they meet often. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({
      producer: fc.option(anyProducer),
      id: fc.constantFrom("a", "b"),
      traceId: fc.constantFrom("t1", "t2"),
      phase: fc.constantFrom("started" as const, "ended" as const),
      revision: fc.nat(2),
      parentId: fc.constantFrom("p", "q"),
      isInterrupted: fc.boolean(),
      batch: fc.nat(3),
    })
    .map(({ producer, isInterrupted, batch, ...fields }): Step => {
      const error = isInterrupted && fields.phase === "ended" ? { error: { type: "Interrupted", message: "" } } : {};
      return (store, project) =>
        store.write(
          project,
          [snapshot({ ...fields, ...error })],
          producer === null ? {} : { producer: reportOf(producer, { batch }) },
        );
    }),
  fc.record({ producer: anyProducer, state: fc.constantFrom<ProducerState>("idle", "stalled", "lost", "ended") }).map(
    ({ producer, state }): Step =>
      (store, project) =>
        setState(store, project, producer, state),
  ),
  fc.record({ producer: anyProducer, final: fc.boolean(), batch: fc.nat(3) }).map(
    ({ producer, final, batch }): Step =>
      (store, project) =>
        store.report(project, reportOf(producer, { final, batch })),
  ),
);
