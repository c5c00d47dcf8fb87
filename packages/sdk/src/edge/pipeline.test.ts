import { ManualClock, never, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { describe, expect, test, vi } from "vitest";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import { seededRandom } from "../delivery/core/random.ts";
import { Tracer } from "../recording/tracer.ts";
import type { TracerOptions } from "../recording/tracer-options.ts";

vi.mock(import("../delivery/pipeline.ts"), async () => (await import("./pipeline.ts")) as never);

const DELIVERED: ExportOutcome = { kind: "delivered" };

function setUp(answer: RecordingExporter["answer"] = () => DELIVERED, options: Partial<TracerOptions> = {}) {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const exporter = new RecordingExporter("lane", answer);
  const tracer = new Tracer({ exporters: [exporter], clock, logger, ...options });
  const record = (count: number, name = "span") => {
    const trace = tracer.startTrace();
    for (let i = 0; i < count; i++) trace.startSpan(`${name} ${i}`).end();
  };
  const lane = () => tracer.stats().lanes.lane!;
  return { tracer, clock, logger, exporter, record, lane };
}

test("what a processor leaves out during a flush is counted, and is no loss of it", async () => {
  const answers: ((outcome: ExportOutcome) => void)[] = [];
  const { tracer, clock, record, lane } = setUp(() => new Promise((resolve) => answers.push(resolve)), {
    processors: [(snapshot) => (snapshot.name.startsWith("noise") ? null : snapshot)],
  });
  record(1);
  const flushed = tracer.flush();
  await clock.advance(1);
  record(3, "noise");
  answers[0]!(DELIVERED);
  await clock.advance(60);
  expect(await flushed).toMatchObject({ ok: true });
  expect(lane().dropped.sampled).toBe(6);
});

describe("sending", () => {
  test("a batch goes after its linger, by a timer that keeps no process alive", async () => {
    const { clock, record, lane } = setUp();
    record(3);
    expect(clock.aliveTimers).toBe(0);
    await clock.advance(249);
    expect(lane()).toMatchObject({ created: 6, coalesced: 3, delivered: 0 });
    await clock.advance(1);
    expect(lane()).toMatchObject({ delivered: 3, requests: 1 });
  });

  test("a full batch does not wait for company", async () => {
    const { clock, record, lane } = setUp(undefined, { batch: { maxRecords: 10 } });
    record(25);
    await clock.advance(1);
    expect(lane()).toMatchObject({ delivered: 20, pending: { queued: 5, inFlight: 0 } });
  });

  test("a span's END is not in flight beside its START", async () => {
    const answers: ((outcome: ExportOutcome) => void)[] = [];
    const { clock, tracer, exporter, lane } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    const span = tracer.startTrace().startSpan("long");
    await clock.advance(250);
    span.end();
    const flushed = tracer.flush();
    await clock.advance(1_000);
    expect(exporter.batches).toHaveLength(1);
    answers[0]!(DELIVERED);
    await clock.advance(60);
    answers[1]!(DELIVERED);
    await clock.advance(60);
    expect(await flushed).toMatchObject({ ok: true });
    expect(exporter.snapshots.map(({ phase }) => phase)).toEqual(["started", "ended"]);
    expect(lane()).toMatchObject({ created: 2, delivered: 2 });
  });

  test("a disabled exporter is said when the tracer is made", () => {
    const exporter = Object.assign(new RecordingExporter("lane"), { disabledReason: "no key" });
    const { record, lane, logger } = setUp(undefined, { exporters: [exporter] });
    record(2);
    expect(lane()).toMatchObject({ state: "closed", dropped: { disabled: 4 } });
    expect(logger.lines).toEqual(["everspan: lane: disabled: no key"]);
  });
});

describe("a back end that fails", () => {
  test("is tried again within the flush, and the flush says whether it came through", async () => {
    let failures = 3;
    const { clock, tracer, record, lane } = setUp(() => (failures-- > 0 ? { kind: "busy", reason: "503" } : DELIVERED));
    record(5);
    const flushed = tracer.flush({ timeoutMs: 10_000 });
    await clock.advance(9_000);
    expect(await flushed).toMatchObject({ ok: true, timedOut: false });
    expect(lane()).toMatchObject({ delivered: 5, requests: 4, retries: 3, state: "running", lastError: "503" });
  });

  test("is left alone for as long as it asks", async () => {
    let requests = 0;
    const { clock, tracer, record } = setUp(() =>
      requests++ === 0 ? { kind: "busy", reason: "429", retryAfterMs: 4_000 } : DELIVERED,
    );
    record(1);
    void tracer.flush({ timeoutMs: 10_000 });
    await clock.advance(3_900);
    expect(requests).toBe(1);
    await clock.advance(200);
    expect(requests).toBe(2);
  });

  test("one record that it refuses costs itself, and what is too large alone is `oversize`", async () => {
    const { clock, tracer, record, lane } = setUp((batch) => {
      if (batch.some(({ name }) => name === "span 617")) return { kind: "poison", reason: "422" };
      return batch.some(({ name }) => name === "span 3") ? { kind: "tooLarge" } : DELIVERED;
    });
    using _ = watchLedger(tracer);
    record(1_000);
    const flushed = tracer.flush();
    await clock.advance(10_000);
    expect(await flushed).toMatchObject({ ok: false, timedOut: false });
    expect(lane()).toMatchObject({ delivered: 998, dropped: { rejected: 1, oversize: 1 } });
    expect(lane().splits).toBeGreaterThan(5);
  });

  test("its partial answers are taken by id", async () => {
    const { clock, tracer, record, lane } = setUp(([first]) => ({
      kind: "partial",
      rejected: [{ id: first!.id, reason: "no" }],
    }));
    record(4);
    const flushed = tracer.flush();
    await clock.advance(100);
    await flushed;
    expect(lane()).toMatchObject({ delivered: 3, dropped: { rejected: 1 }, lastError: "no" });
  });

  test("what it does not take in `deliveryTimeoutMs` is dropped", async () => {
    const { clock, record, lane } = setUp(() => ({ kind: "busy", reason: "503", maybeDelivered: true }), {
      delivery: { deliveryTimeoutMs: 20_000 },
    });
    record(2);
    await clock.advance(60_000);
    expect(lane()).toMatchObject({ dropped: { delivery_timeout: 2 }, maybeDelivered: 2, pending: { queued: 0 } });
  });

  test("wrong credentials pause the lane, which keeps its records", async () => {
    let isMended = false;
    const { clock, record, lane } = setUp(() => (isMended ? DELIVERED : { kind: "misconfigured", reason: "401" }), {
      delivery: { deliveryTimeoutMs: 20_000 },
    });
    record(2);
    await clock.advance(60_000);
    expect(lane()).toMatchObject({ state: "paused", pending: { queued: 2 } });
    isMended = true;
    await clock.advance(60_000);
    expect(lane()).toMatchObject({ state: "running", delivered: 2 });
  });
});

describe("a request that is over", () => {
  test("leaves its records in flight: the next flush takes them back once their attempt's time is up", async () => {
    const answers: ((outcome: ExportOutcome) => void)[] = [];
    const { clock, tracer, record, lane, exporter } = setUp(() => new Promise((resolve) => answers.push(resolve)), {
      delivery: { attemptTimeoutMs: 1_000 },
    });
    using _ = watchLedger(tracer);
    record(3);
    // Its own timers die with it.
    const dead = tracer.flush({ timeoutMs: 100 });
    await clock.advance(150);
    expect(await dead).toMatchObject({ timedOut: true, ok: false });
    clock.freezeFor(2_000);
    record(2);
    const next = tracer.flush({ timeoutMs: 5_000 });
    await clock.advance(400);
    answers[1]!(DELIVERED);
    await clock.advance(400);
    expect(await next).toMatchObject({ ok: true });
    // The answer of the request that is over comes after all: nothing is counted twice.
    answers[0]!({ kind: "poison", reason: "late" });
    await clock.advance(400);
    expect(exporter.batches).toHaveLength(2);
    expect(lane()).toMatchObject({ created: 10, coalesced: 5, delivered: 5, retries: 1 });
  });

  test("a timer that died with it holds up nobody: the next record arms another", async () => {
    const { clock, record, lane } = setUp();
    const { schedule } = clock;
    clock.schedule = () => () => {};
    record(1);
    clock.schedule = schedule.bind(clock);
    await clock.advance(5_000);
    expect(lane().delivered).toBe(0);
    record(1);
    await clock.advance(300);
    expect(lane().delivered).toBe(2);
  });

  test("a runtime that refuses timers there loses nothing", async () => {
    const { clock, tracer, record, lane } = setUp();
    const { schedule } = clock;
    clock.schedule = (run, delayMs, keepsAlive) => {
      if (delayMs < 1_000) throw new Error("not outside of a request");
      return schedule.call(clock, run, delayMs, keepsAlive);
    };
    record(1);
    clock.schedule = schedule.bind(clock);
    const flushed = tracer.flush();
    await clock.advance(100);
    expect(await flushed).toMatchObject({ ok: true });
    expect(lane().delivered).toBe(1);
  });
});

describe("bounds and endings", () => {
  test("a full queue lets go of STARTs first", async () => {
    const { clock, tracer, lane, exporter } = setUp(undefined, { queue: { maxRecords: 4 } });
    const trace = tracer.startTrace();
    trace.startSpan("first").end();
    for (let i = 0; i < 4; i++) trace.startSpan(`open ${i}`);
    trace.startSpan("last").end();
    expect(lane()).toMatchObject({ dropped: { queue_full: 2 }, pending: { queued: 4 } });
    await clock.advance(300);
    expect(exporter.snapshots.map(({ name }) => name)).toEqual(["first", "open 2", "open 3", "last"]);
  });

  test("bytes are bounded too", () => {
    const { tracer, lane } = setUp(undefined, { queue: { maxBytes: 50_000 } });
    for (let i = 0; i < 10; i++)
      tracer
        .startTrace()
        .startSpan("x", { input: `${i}`.repeat(10_000) })
        .end();
    expect(tracer.stats().queue.bytes).toBeLessThanOrEqual(50_000);
    expect(lane().dropped.queue_full_bytes).toBeGreaterThan(0);
  });

  test("a shutdown counts what it can't deliver, closes the exporter, and refuses what comes later", async () => {
    const { clock, tracer, record, lane, exporter } = setUp(never);
    record(3);
    tracer.startTrace().startSpan("open");
    const ended = tracer.shutdown({ timeoutMs: 500 });
    await clock.advance(1_000);
    expect(await ended).toMatchObject({ ok: false, timedOut: true });
    expect(tracer.shutdown()).toBe(ended);
    expect(exporter.isShutDown).toBe(true);
    record(1);
    expect(lane()).toMatchObject({
      dropped: { shutdown_timeout: 4, shutdown: 2 },
      maybeDelivered: 4,
      pending: { queued: 0, inFlight: 0 },
      state: "closed",
    });
  });

  test("whatever happens in whatever order, the account is exact at every step", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const pick = <T>(...of: T[]): T => of[Math.floor(random() * of.length)]!;
      const { tracer, clock, lane } = setUp(
        (batch) =>
          pick<() => ExportOutcome | Promise<ExportOutcome>>(
            () => DELIVERED,
            () => ({ kind: "busy", reason: "503", maybeDelivered: random() < 0.5 }),
            () => ({ kind: "busy", reason: "half", delivered: [0] }),
            () => ({ kind: "tooLarge" }),
            () => ({ kind: "poison", reason: "422" }),
            () => ({ kind: "partial", rejected: [{ id: pick(...batch).id, reason: "no" }] }),
            () => ({ kind: "misconfigured", reason: "401" }),
            never,
          )(),
        { queue: { maxRecords: 40 }, batch: { maxRecords: 6 }, delivery: { deliveryTimeoutMs: 30_000 } },
      );
      using _ = watchLedger(tracer);
      const open: { end(): void }[] = [];
      for (let step = 0; step < 120; step++) {
        if (random() < 0.6) open.push(tracer.startTrace().startSpan(`${step}`, { input: "x".repeat(random() * 900) }));
        if (random() < 0.5) open.splice(Math.floor(random() * open.length), 1)[0]?.end();
        if (random() < 0.1) void tracer.flush({ timeoutMs: random() * 5_000 });
        if (random() < 0.1) clock.freezeFor(random() * 20_000);
        if (random() < 0.4) await clock.advance(random() * 2_000);
      }
      const ended = tracer.shutdown({ timeoutMs: 3_000 });
      await clock.advance(5_000);
      await ended;
      const { created, delivered, coalesced, dropped, pending } = lane();
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
      expect(created, `seed ${seed}`).toBe(delivered + coalesced + lost);
      expect(pending).toEqual({ queued: 0, spooled: 0, inFlight: 0 });
      expect(tracer.stats().queue, `seed ${seed}`).toMatchObject({ records: 0, bytes: 0 });
    }
  });
});
