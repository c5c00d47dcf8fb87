import { CrashChild, ManualClock, never, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { describe, expect, it, test } from "vitest";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import { Tracer } from "../recording/tracer.ts";
import type { TracerOptions } from "../recording/tracer-options.ts";

function setUp(exporters: RecordingExporter[], options: Partial<TracerOptions> = {}) {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters, clock, logger, ...options });
  const record = (count: number, name = "span") => {
    const trace = tracer.startTrace();
    for (let i = 0; i < count; i++) trace.startSpan(`${name} ${i}`).end();
  };
  return { tracer, clock, logger, record };
}

const DELIVERED: ExportOutcome = { kind: "delivered" };

describe("lanes", () => {
  test("B2 an exporter that hangs for ever changes nothing for the other", async () => {
    const hung = new RecordingExporter("hung", never);
    const healthy = new RecordingExporter("healthy");
    const { tracer, clock, record } = setUp([hung, healthy], { batch: { maxRecords: 10 } });
    using _ = watchLedger(tracer);
    record(100);
    await clock.settle();
    expect(healthy.snapshots).toHaveLength(100);
    expect(tracer.stats().lanes.healthy).toMatchObject({ delivered: 100 });
    expect(tracer.stats().lanes.hung).toMatchObject({ delivered: 0, pending: { queued: 70, inFlight: 30 } });
  });

  test("B4 a connection that fails is tried again by the core", async () => {
    let isUp = false;
    const exporter = new RecordingExporter("net", () => {
      if (!isUp) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      return DELIVERED;
    });
    const { tracer, clock, record } = setUp([exporter]);
    record(10);
    await clock.advance(1_000);
    isUp = true;
    await clock.advance(5_000);
    expect(tracer.stats().lanes.net).toMatchObject({ delivered: 10, state: "running" });
  });

  test("B5 one poison span among 1000 costs itself: 999 are delivered and its reason is known", async () => {
    const exporter = new RecordingExporter("picky", (batch) =>
      batch.some((span) => span.name === "span 617") ? { kind: "poison", reason: "422: bad span" } : DELIVERED,
    );
    const { tracer, clock, record, logger } = setUp([exporter], { batch: { maxRecords: 1000 } });
    using _ = watchLedger(tracer);
    record(1000);
    await clock.advance(250);
    const lane = tracer.stats().lanes.picky;
    expect(lane).toMatchObject({ delivered: 999, lastError: "422: bad span" });
    expect(lane?.dropped.rejected).toBe(1);
    expect(lane?.requests).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(1000)) + 2);
    expect(logger.lines).toEqual(["everspan: picky: dropped: rejected: 422: bad span"]);
  });

  test("B6 drops are counted per exporter, each exactly", async () => {
    const refusing = new RecordingExporter("refusing", () => ({ kind: "poison", reason: "no" }));
    const taking = new RecordingExporter("taking");
    const { tracer, clock, record } = setUp([refusing, taking]);
    record(10);
    await clock.advance(250);
    expect(tracer.stats().lanes.refusing?.dropped.rejected).toBe(10);
    expect(tracer.stats().lanes.taking).toMatchObject({ delivered: 10, dropped: { rejected: 0 } });
  });

  test("C5 an exporter that throws, rejects with undefined, hangs or answers nonsense harms only its own lane", async () => {
    const hostile = [
      new RecordingExporter("throws", () => {
        throw new Error("mine");
      }),
      new RecordingExporter("rejects with undefined", () => Promise.reject(undefined)),
      new RecordingExporter("hangs", never),
      new RecordingExporter("answers null", () => null as never),
      new RecordingExporter("answers a word", () => "delivered" as never),
      new RecordingExporter("answers an unknown kind", () => ({ kind: "fine" }) as never),
      new RecordingExporter("rejects what nobody sent", () => ({
        kind: "partial",
        rejected: [{ id: "?", reason: "" }, null as never],
      })),
      new RecordingExporter("has no reason", () => ({ kind: "busy", retryAfterMs: Number.NaN }) as never),
    ];
    const synchronous = {
      name: "throws immediately",
      export: (() => {
        throw new Error("sync");
      }) as never,
    };
    const healthy = new RecordingExporter("healthy");
    const clock = new ManualClock();
    const tracer = new Tracer({ exporters: [...hostile, synchronous, healthy], clock, logger: new RecordingLogger() });
    using _ = watchLedger(tracer);
    tracer.startTrace().startSpan("x").end();
    await clock.advance(130_000);
    const { lanes } = tracer.stats();
    expect(lanes.healthy).toMatchObject({ delivered: 1 });
    expect(lanes["rejects what nobody sent"]).toMatchObject({ delivered: 1 });
    for (const name of [
      "throws",
      "rejects with undefined",
      "hangs",
      "answers null",
      "answers a word",
      "throws immediately",
    ]) {
      expect(lanes[name], name).toMatchObject({ delivered: 0, maybeDelivered: 1, dropped: { delivery_timeout: 1 } });
      expect(lanes[name]?.requests, name).toBeGreaterThan(3);
    }
    for (const name of ["answers an unknown kind", "has no reason"]) {
      expect(lanes[name], name).toMatchObject({ delivered: 0, dropped: { delivery_timeout: 1 } });
      expect(lanes[name]?.requests, name).toBeGreaterThan(3);
      expect(lanes[name]?.lastError, name).toMatch(/\S/);
    }
    expect(
      (await tracer.shutdown({ timeoutMs: 10 }).then(
        (r) => r,
        () => "rejected",
      )) as object,
    ).toHaveProperty("ok");
  });
});

describe("bounds", () => {
  test("B8 a tracer without options is bounded by records and by bytes", async () => {
    const { tracer, record } = setUp([new RecordingExporter("dead", never)]);
    record(60_000);
    const { queue, lanes } = tracer.stats();
    expect(queue.records).toBe(50_000);
    expect(lanes.dead?.dropped.queue_full).toBeGreaterThan(0);
  });

  test.each(["input", "an array of output", "a key of data", "error", "name and ids"])(
    "B8 long texts (%s) that wait take their share of a small heap, and what was cut of them is gone",
    async (place) => {
      const flags = ["--max-old-space-size=256", "--expose-gc"];
      const env = { NODE_OPTIONS: flags.join(" "), DENO_V8_FLAGS: flags.join(",") };
      const child = new CrashChild(new URL("default-bound.fixture.ts", import.meta.url), { args: [place], env });
      expect(await child.ended, child.errorText).toEqual({ code: 0, signal: null });
      const { heapBytes, mostBytes, heapUsed } = JSON.parse(child.lines.at(-1)!);
      expect(mostBytes).toBeLessThanOrEqual(heapBytes / 8);
      if (place === "input") expect(mostBytes).toBeGreaterThan(heapBytes / 16);
      expect(heapUsed).toBeLessThan(heapBytes * 0.4);
    },
  );

  test("C1 a million spans in one loop stay within the bound, and every drop is counted", async () => {
    const { tracer, record } = setUp([new RecordingExporter("dead", never)], { queue: { maxRecords: 5_000 } });
    using _ = watchLedger(tracer);
    record(1_000_000);
    const { queue, lanes } = tracer.stats();
    expect(queue.records).toBeLessThanOrEqual(5_000);
    const { created, coalesced, dropped, pending } = lanes.dead!;
    expect(created).toBe(2_000_000);
    expect(coalesced + dropped.queue_full + dropped.queue_full_bytes + pending.queued).toBe(created);
  });

  test("C2 big spans reach the bound of bytes first: their payloads go before they do", async () => {
    const { tracer, clock } = setUp([new RecordingExporter("dead", never)], { queue: { maxBytes: 8 * 1024 * 1024 } });
    using _ = watchLedger(tracer);
    const trace = tracer.startTrace();
    for (let i = 0; i < 100; i++) {
      trace.startSpan(`big ${i}`, { input: { text: `${i}`.padEnd(1024 * 1024 - 100, "x") } }).end();
    }
    const lane = tracer.stats().lanes.dead!;
    expect(tracer.stats().queue.bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(lane.shedPayloads).toBeGreaterThan(80);
    expect(lane.pending.queued + lane.dropped.queue_full_bytes).toBe(100);
    expect(lane.dropped.queue_full_bytes).toBeLessThan(5);
    await clock.settle();
  });

  it("says of a shed payload how large it was and how it began", async () => {
    let isUp = false;
    const exporter = new RecordingExporter("late", () => (isUp ? DELIVERED : { kind: "busy", reason: "503" }));
    const { tracer, clock } = setUp([exporter], { queue: { maxBytes: 1024 * 1024 } });
    const trace = tracer.startTrace();
    for (let i = 0; i < 30; i++) trace.startSpan("big", { input: { text: `start ${i} ${"x".repeat(100_000)}` } }).end();
    await clock.advance(300);
    isUp = true;
    await clock.advance(10_000);
    const inputs = exporter.batches.at(-1)?.map((span) => span.input as Record<string, unknown>);
    expect(inputs?.find((input) => "everspan.shed" in input)).toEqual({
      "everspan.shed": true,
      bytes: expect.toSatisfy((bytes: number) => bytes > 100_000),
      head: expect.stringMatching(/^start \d+ xx/),
    });
  });

  it("counts what spans share once: a conversation that grows holds its distinct content", async () => {
    const { tracer } = setUp([new RecordingExporter("dead", never)]);
    const trace = tracer.startTrace();
    const messages: { role: string; content: string }[] = [];
    for (let step = 0; step < 200; step++) {
      messages.push({ role: "user", content: `${step}`.padEnd(1_000, "q") });
      trace.startSpan("llm", { input: { messages } }).end();
    }
    const fullBytes = 200 * 201 * 500;
    expect(fullBytes).toBeGreaterThan(20_000_000);
    expect(tracer.stats().queue.bytes).toBeLessThan(1_000_000);
    expect(tracer.stats().lanes.dead?.dropped.queue_full_bytes).toBe(0);
  });
});

describe("flush and shutdown", () => {
  test("B1 a shutdown that runs out of time counts the remaining, the lingering and those in flight", async () => {
    const hung = new RecordingExporter("hung", never);
    const { tracer, clock, record, logger } = setUp([hung], { batch: { maxRecords: 10 } });
    using _ = watchLedger(tracer);
    record(100);
    await clock.settle();
    const done = tracer.shutdown({ timeoutMs: 1_000 });
    await clock.advance(1_000);
    await clock.advance(25);
    const result = await done;
    expect(result).toMatchObject({ ok: false, timedOut: true });
    expect(result.lanes.hung).toMatchObject({
      created: 200,
      coalesced: 100,
      dropped: { shutdown_timeout: 100 },
      pending: { queued: 0, spooled: 0, inFlight: 0 },
      maybeDelivered: 30,
      state: "closed",
    });
    expect(logger.lines).toContain("everspan: hung: dropped: shutdown_timeout");
    expect(hung.isShutDown).toBe(true);
  });

  it("delivers everything when the time suffices, and closes the exporters", async () => {
    const exporter = new RecordingExporter();
    const { tracer, clock, record } = setUp([exporter]);
    record(5);
    const done = tracer.shutdown();
    await clock.settle();
    expect(await done).toMatchObject({ ok: true, timedOut: false });
    expect(exporter.snapshots).toHaveLength(5);
    expect(exporter.isShutDown).toBe(true);
    expect(clock.aliveTimers).toBe(0);
  });

  it("sends open spans as they stand, marked", async () => {
    const exporter = new RecordingExporter();
    const { tracer, clock } = setUp([exporter]);
    const span = tracer.startTrace().startSpan("open", { input: 1 });
    const done = tracer.shutdown();
    await clock.settle();
    await done;
    expect(exporter.snapshots).toMatchObject([
      { phase: "started", name: "open", input: 1, data: { "everspan.open_at_shutdown": true } },
    ]);
    span.end();
    expect(tracer.stats().lanes.recording?.dropped.shutdown).toBe(1);
  });

  test("C6 shutdown twice and flush a hundred times, at the same time: each resolves, once, and there is one drain", async () => {
    const exporter = new RecordingExporter();
    const { tracer, clock, record } = setUp([exporter]);
    record(50);
    const flushes = Array.from({ length: 100 }, () => tracer.flush());
    const first = tracer.shutdown();
    const second = tracer.shutdown();
    expect(second).toBe(first);
    await clock.settle();
    const results = await Promise.all([...flushes, first, second, tracer.flush()]);
    expect(results.every((result) => result.ok)).toBe(true);
    expect(exporter.snapshots).toHaveLength(50);
  });

  test("C7 spans recorded after the shutdown are counted as such and go nowhere", async () => {
    const exporter = new RecordingExporter();
    const { tracer, clock, record } = setUp([exporter]);
    const done = tracer.shutdown();
    await clock.settle();
    await done;
    record(3);
    await clock.advance(1_000);
    expect(exporter.snapshots).toEqual([]);
    expect(tracer.stats().lanes.recording?.dropped.shutdown).toBe(6);
  });

  it("flushes what was accepted before the call, without linger, and not what came after", async () => {
    let release: (outcome: ExportOutcome) => void = () => {};
    const exporter = new RecordingExporter(
      "slow",
      () =>
        new Promise<ExportOutcome>((resolve) => {
          release = resolve;
        }),
    );
    const { tracer, clock, record } = setUp([exporter], { delivery: { concurrency: 1 } });
    record(2, "before");
    const flushed = tracer.flush();
    await clock.settle();
    expect(exporter.snapshots.map((span) => span.name)).toEqual(["before 0", "before 1"]);
    record(1, "after");
    release(DELIVERED);
    await clock.settle();
    expect(await flushed).toMatchObject({ ok: true, lanes: { slow: { pending: { queued: 1 } } } });
  });

  it.each(["spooled", "synced"] as const)("waits for delivery, without a spool, when asked until %s", async (until) => {
    const clock = new ManualClock();
    const exporter = new RecordingExporter("back end");
    const tracer = new Tracer({ exporters: [exporter], clock });
    tracer.startTrace().startSpan("s").end();
    const flushed = tracer.flush({ until });
    await clock.advance(10);
    expect(await flushed).toMatchObject({ ok: true, timedOut: false, lanes: { "back end": { delivered: 1 } } });
  });

  it("answers a flush that runs out of time truthfully", async () => {
    const { tracer, clock, record } = setUp([new RecordingExporter("hung", never)]);
    record(1);
    const flushed = tracer.flush({ timeoutMs: 500 });
    await clock.advance(500);
    expect(await flushed).toMatchObject({ ok: false, timedOut: true, lanes: { hung: { pending: { inFlight: 1 } } } });
  });

  test("B11 the account can be read at any moment, and names what is pending and what was lost", () => {
    const { tracer, record } = setUp([new RecordingExporter("a"), new RecordingExporter("b")]);
    record(3);
    expect(tracer.stats()).toMatchObject({
      mode: "memory",
      queue: { records: 3, openSpans: 0 },
      lanes: { a: { created: 6, coalesced: 3, pending: { queued: 3 } }, b: { created: 6 } },
    });
  });

  test("C3 a loop that is blocked while a request is under way makes no false timeout", async () => {
    let answer: (outcome: ExportOutcome) => void = () => {};
    const exporter = new RecordingExporter(
      "slow",
      () =>
        new Promise<ExportOutcome>((resolve) => {
          answer = resolve;
        }),
    );
    const { tracer, clock, record } = setUp([exporter]);
    record(1);
    await clock.advance(250);
    clock.freezeFor(60_000);
    setImmediate(() => answer(DELIVERED));
    await clock.settle();
    await clock.settle();
    expect(tracer.stats().lanes.slow).toMatchObject({ delivered: 1, requests: 1, retries: 0 });
  });
});

describe("after a standstill", () => {
  test("C3 an answer that is heard before the timer does not make the other attempts late", async () => {
    const answers: ((outcome: ExportOutcome) => void)[] = [];
    const exporter = new RecordingExporter("slow", () => new Promise((resolve) => void answers.push(resolve)));
    const { tracer, clock, record } = setUp([exporter], { batch: { maxRecords: 1 } });
    using _ = watchLedger(tracer);
    record(2);
    await clock.settle();
    expect(answers).toHaveLength(2);
    clock.freezeFor(60_000);
    answers[0]?.(DELIVERED);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(tracer.stats().lanes.slow).toMatchObject({ delivered: 1, pending: { inFlight: 1 } });
    await clock.settle();
    answers[1]?.(DELIVERED);
    await clock.settle();
    expect(tracer.stats().lanes.slow).toMatchObject({ delivered: 2, requests: 2, retries: 0 });
  });
});

describe("a process", () => {
  it("is kept alive for requests to healthy back ends, and not for sick ones, for what lingers, or for nothing", async () => {
    const answers: ((outcome: ExportOutcome) => void)[] = [];
    const exporter = new RecordingExporter("x", () => new Promise((resolve) => void answers.push(resolve)));
    const { clock, record } = setUp([exporter]);
    expect(clock.aliveTimers).toBe(0);
    record(1);
    expect(clock.aliveTimers).toBe(0);
    await clock.advance(250);
    expect(clock.aliveTimers).toBe(1);
    answers.pop()?.(DELIVERED);
    await clock.settle();
    expect(clock.aliveTimers).toBe(0);
    record(1);
    await clock.advance(250);
    answers.pop()?.({ kind: "busy", reason: "503" });
    await clock.settle();
    expect(clock.aliveTimers).toBe(0);
  });
});
