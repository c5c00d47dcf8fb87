import { ManualClock, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { Tracer } from "../recording/tracer.ts";
import { type SpanSnapshot, sampleTraces, type TailSamplingOptions, tailSampling } from "./index.ts";

const living: Tracer[] = [];
afterEach(() => {
  for (const tracer of living.splice(0)) void tracer.shutdown({ timeoutMs: 0 });
});

function setUp(options: TailSamplingOptions, more: ConstructorParameters<typeof Tracer>[0] = {}) {
  const exporter = new RecordingExporter();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters: [exporter], clock, logger, tailSampling: tailSampling(options), ...more });
  living.push(tracer);
  const account = () => {
    const { created, coalesced, delivered, dropped, pending } = tracer.stats().lanes.recording!;
    return { created, coalesced, delivered, sampled: dropped.sampled, queued: pending.queued };
  };
  /** The names of what has ended and arrived. */
  const arrived = async () => {
    await clock.advance(250);
    return exporter.snapshots.filter(({ phase }) => phase === "ended").map(({ name }) => name);
  };
  return { tracer, exporter, clock, logger, account, arrived };
}

/** A root with one child in it. */
function run(tracer: Tracer, name: string, within: () => void = () => undefined): string {
  const trace = tracer.startTrace();
  const root = trace.startSpan(name);
  const child = trace.startSpan(`${name}'s child`, { parentId: root.id });
  within();
  child.end();
  root.end();
  return trace.id;
}

describe("a trace", () => {
  test("is held until none of its spans is open, pending as one record a span, and then left out whole", async () => {
    const { tracer, account, arrived } = setUp({});
    const trace = tracer.startTrace();
    const root = trace.startSpan("root");
    const child = trace.startSpan("child", { parentId: root.id });
    expect(account()).toEqual({ created: 2, coalesced: 0, delivered: 0, sampled: 0, queued: 2 });
    root.end();
    expect(account()).toMatchObject({ created: 2, sampled: 0, queued: 2 });
    expect(await arrived()).toEqual([]);
    child.end();
    expect(account()).toEqual({ created: 2, coalesced: 0, delivered: 0, sampled: 2, queued: 0 });
    expect(await arrived()).toEqual([]);
  });

  test("is sent whole as soon as a rule holds, and what comes of it then is not held", async () => {
    const { tracer, account, arrived } = setUp({});
    const trace = tracer.startTrace();
    const root = trace.startSpan("root");
    trace.startSpan("good", { parentId: root.id }).end();
    expect(await arrived()).toEqual([]);
    trace.startSpan("bad", { parentId: root.id }).recordError(new Error("x")).end();
    expect(await arrived()).toEqual(["good", "bad"]);
    trace.startSpan("later", { parentId: root.id }).end();
    expect(await arrived()).toEqual(["good", "bad", "later"]);
    root.end();
    trace.startSpan("another root").end();
    expect(await arrived()).toEqual(["good", "bad", "later", "root", "another root"]);
    expect(account()).toMatchObject({ sampled: 0, queued: 0 });
  });

  test("that was left out and goes on is decided again", async () => {
    const { tracer, arrived } = setUp({});
    const trace = tracer.trace("task");
    trace.startSpan("first").end();
    trace.startSpan("second").recordError(new Error("x")).end();
    expect(await arrived()).toEqual(["second"]);
  });
});

describe("a rule", () => {
  const kept = async (options: TailSamplingOptions, record: (tracer: Tracer, clock: ManualClock) => void) => {
    const { tracer, clock, arrived, logger } = setUp(options);
    using _ = watchLedger(tracer);
    record(tracer, clock);
    return { names: await arrived(), logger };
  };

  test("errors: a span with status ERROR keeps its trace; can be switched off", async () => {
    const fail = (tracer: Tracer) => tracer.startTrace().startSpan("s").recordError(new TypeError("x")).end();
    expect((await kept({}, fail)).names).toEqual(["s"]);
    expect((await kept({ errors: false }, fail)).names).toEqual([]);
    const cancel = (tracer: Tracer) =>
      tracer.startTrace().startSpan("s").recordError(new DOMException("stop", "AbortError")).end();
    expect((await kept({}, cancel)).names).toEqual([]);
  });

  test("slowerThanMs: from the first start to the last end, also of spans that were back-dated", async () => {
    const lasting = (ms: number) => (tracer: Tracer, clock: ManualClock) => {
      run(tracer, "r", () => clock.freezeFor(ms));
    };
    expect((await kept({ slowerThanMs: 1_000 }, lasting(1_000))).names).toEqual([]);
    expect((await kept({ slowerThanMs: 1_000 }, lasting(1_001))).names).toEqual(["r", "r's child"]);
    const backdated = (tracer: Tracer, clock: ManualClock) =>
      tracer
        .startTrace()
        .startSpan("job", { startTime: clock.wallMs() - 5_000 })
        .end();
    expect((await kept({ slowerThanMs: 4_999 }, backdated)).names).toEqual(["job"]);
    expect((await kept({ slowerThanMs: 5_000 }, backdated)).names).toEqual([]);
  });

  test("slowerThanMs: one that is still open after that time is sent then", async () => {
    const { tracer, clock, exporter, account } = setUp({ slowerThanMs: 1_000, undecided: "leave out" });
    tracer.startTrace().startSpan("open");
    await clock.advance(1_000);
    expect(account()).toMatchObject({ queued: 1 });
    await clock.advance(300);
    expect(exporter.snapshots.map(({ name, phase }) => [name, phase])).toEqual([["open", "started"]]);
  });

  test("names: a whole name, or what an expression finds; one with a state finds each time", async () => {
    const spans = (tracer: Tracer) => {
      for (const name of ["pay", "pay again", "tool:a", "tool:b"]) tracer.startTrace().startSpan(name).end();
    };
    expect((await kept({ names: ["pay", /^tool:/g] }, spans)).names).toEqual(["pay", "tool:a", "tool:b"]);
  });

  test("data: a property with the value, or one of the values", async () => {
    const spans = (tracer: Tracer) => {
      const given = [
        { tenant: "a", z: 1 },
        { tenant: "b" },
        { tenant: "c" },
        { tries: 3 },
        { tries: "3" },
        { other: "a" },
      ];
      for (const data of given) tracer.startTrace().startSpan(JSON.stringify(data), { data }).end();
    };
    const { names } = await kept({ data: { tenant: ["a", "b"], tries: 3 } }, spans);
    expect(names).toEqual(['{"tenant":"a","z":1}', '{"tenant":"b"}', '{"tries":3}']);
  });

  test("keep: gets each snapshot as it was recorded; one that throws keeps, and says so", async () => {
    const seen: [string, SpanSnapshot["phase"]][] = [];
    const keep = (snapshot: SpanSnapshot) => {
      seen.push([snapshot.name, snapshot.phase]);
      if (snapshot.name === "trap") throw new Error("no good");
      return snapshot.output === 42;
    };
    const spans = (tracer: Tracer) => {
      tracer.startTrace().startSpan("answer", { output: 42 }).end();
      tracer.startTrace().startSpan("other").end();
      tracer.startTrace().startSpan("trap").end();
    };
    const { names, logger } = await kept({ keep }, spans);
    expect(names).toEqual(["answer", "trap"]);
    expect(seen).toEqual([
      ["answer", "started"],
      ["other", "started"],
      ["other", "ended"],
      ["trap", "started"],
    ]);
    expect(logger.lines).toEqual([expect.stringContaining("keep failed: no good; the trace is kept")]);
  });

  test("keep: may record spans itself", async () => {
    let isInside = false;
    const record = (tracer: Tracer) => {
      holder.tracer = tracer;
      tracer.startTrace().startSpan("outer").end();
    };
    const holder: { tracer?: Tracer } = {};
    const keep = ({ traceId }: SpanSnapshot) => {
      if (isInside) return false;
      isInside = true;
      holder.tracer!.trace(traceId).startSpan("inner").recordError(new Error("x")).end();
      isInside = false;
      return false;
    };
    expect((await kept({ keep }, record)).names).toEqual(["inner", "outer"]);
  });

  test("share: the same traces as sampleTraces keeps, without being held", async () => {
    const { tracer, account, arrived } = setUp({ share: 0.5 });
    const ids = Array.from({ length: 200 }, (_, i) => `task ${i}`);
    for (const id of ids) tracer.trace(id).startSpan(id).end();
    const sample = sampleTraces(0.5);
    expect(await arrived()).toEqual(ids.filter((traceId) => sample({ traceId } as never) !== null));
    expect(account().sampled).toBe(200 - account().delivered);
  });
});

describe("what can't be held until it is over", () => {
  test.each([
    ["keep", ["slow"]],
    ["leave out", []],
  ] as const)("by time: undecided: %s", async (undecided, expected) => {
    const { tracer, clock, account, arrived } = setUp({ decisionWaitMs: 5_000, undecided });
    const trace = tracer.startTrace();
    const root = trace.startSpan("slow");
    await clock.advance(4_999);
    expect(account()).toMatchObject({ queued: 1, delivered: 0 });
    await clock.advance(1);
    root.end();
    expect(await arrived()).toEqual(expected);
    expect(account()).toMatchObject({ queued: 0 });
  });

  test("each trace has its own time", async () => {
    const { tracer, clock, account } = setUp({ decisionWaitMs: 5_000, undecided: "leave out" });
    tracer.startTrace().startSpan("a");
    await clock.advance(3_000);
    tracer.startTrace().startSpan("b");
    await clock.advance(2_000);
    expect(account()).toMatchObject({ sampled: 1, queued: 1 });
    await clock.advance(2_999);
    expect(account()).toMatchObject({ sampled: 1, queued: 1 });
    await clock.advance(1);
    expect(account()).toMatchObject({ sampled: 2, queued: 0 });
    // That of open spans is left.
    expect(clock.timerCount).toBe(1);
  });

  test("a part of what was left out while it was open is left out too, until none of it is open", async () => {
    const { tracer, clock, account, arrived } = setUp({ decisionWaitMs: 5_000, undecided: "leave out" });
    const trace = tracer.startTrace();
    const root = trace.startSpan("root");
    await clock.advance(5_000);
    const child = trace.startSpan("child", { parentId: root.id }).recordError(new Error("x"));
    root.end();
    child.end();
    expect(account()).toEqual({ created: 4, coalesced: 0, delivered: 0, sampled: 4, queued: 0 });
    trace.startSpan("new root").recordError(new Error("x")).end();
    expect(await arrived()).toEqual(["new root"]);
  });

  test("and as long as another of its spans is open", async () => {
    const { tracer, clock, account } = setUp({ decisionWaitMs: 5_000, undecided: "leave out" });
    const trace = tracer.startTrace();
    const [first, second] = [trace.startSpan("first"), trace.startSpan("second")];
    await clock.advance(5_000);
    first.end();
    trace.startSpan("third").end();
    expect(account()).toMatchObject({ sampled: 5, queued: 0 });
    second.end();
    trace.startSpan("fourth");
    expect(account()).toMatchObject({ sampled: 6, queued: 1 });
  });

  test("a span that nobody ends, and then somebody does", async () => {
    const openSpans = { maxAgeMs: 1_000 };
    const { tracer, clock, account, arrived } = setUp({ errors: false, undecided: "leave out" }, { openSpans });
    const trace = tracer.startTrace();
    const [first, second] = [trace.startSpan("first"), trace.startSpan("second")];
    await clock.advance(1_000);
    expect(account()).toMatchObject({ sampled: 2, queued: 0 });
    first.end();
    second.end();
    expect(account()).toMatchObject({ sampled: 4, queued: 0 });
    trace.startSpan("third");
    expect(account()).toMatchObject({ sampled: 4, queued: 1 });
    expect(await arrived()).toEqual([]);
  });

  test("more traces than fit: the oldest goes, said once", async () => {
    const { tracer, account, logger } = setUp({ maxTraces: 10, undecided: "leave out" });
    const open = Array.from({ length: 25 }, (_, i) => tracer.startTrace().startSpan(`${i}`));
    expect(account()).toMatchObject({ sampled: 15, queued: 10 });
    expect(logger.lines).toEqual([expect.stringContaining("more than 10 traces or 16777216 bytes to hold")]);
    for (const span of open) span.end();
    expect(account()).toMatchObject({ sampled: 40, queued: 0 });
  });

  test("more bytes than fit; what spans share counts once", async () => {
    const { tracer, account } = setUp({ maxBytes: 1_000_000, undecided: "leave out" });
    const shared = { text: "s".repeat(400_000) };
    const first = tracer.startTrace();
    for (let i = 0; i < 20; i++) first.startSpan(`${i}`, { input: shared });
    expect(account()).toMatchObject({ sampled: 0, queued: 20 });
    tracer.startTrace().startSpan("own", { input: "o".repeat(600_000) });
    expect(account()).toMatchObject({ sampled: 20, queued: 1 });
    tracer.startTrace().startSpan("alone too large", { input: "a".repeat(1_100_000) });
    expect(account()).toMatchObject({ sampled: 22, queued: 0 });
  });

  test("an END takes the place of its START, and what only that held is held no longer", async () => {
    const { tracer, account } = setUp({ maxBytes: 1_000_000, undecided: "leave out" });
    const trace = tracer.startTrace();
    trace.startSpan("root");
    for (const letter of ["a", "b"]) {
      const child = trace.startSpan(letter, { input: letter.repeat(400_000) });
      child.input = letter.toUpperCase().repeat(400_000);
      child.end();
    }
    expect(account()).toMatchObject({ sampled: 0, queued: 3 });
  });

  test("holding keeps no process alive, and listens to its end only meanwhile", async () => {
    const listeners = () => process.listenerCount("exit");
    const before = listeners();
    const { tracer, clock } = setUp({});
    const span = tracer.startTrace().startSpan("open");
    expect(listeners()).toBe(before + 1);
    expect(clock.aliveTimers).toBe(0);
    span.end();
    expect(listeners()).toBe(before);
  });

  test("kept traces are remembered in a bounded number", async () => {
    const { tracer, account } = setUp({ names: ["x"] });
    for (let i = 0; i < 10_001; i++) tracer.trace(`t${i}`).startSpan("x").end();
    expect(account().queued - tracer.stats().queue.records).toBe(0);
    tracer.trace("t10000").startSpan("y");
    expect(account().queued - tracer.stats().queue.records).toBe(0);
    tracer.trace("t0").startSpan("y");
    expect(account().queued - tracer.stats().queue.records).toBe(1);
  });
});

describe("endings", () => {
  test("a flush leaves what is held held, and is fine", async () => {
    const { tracer, clock, account } = setUp({});
    const open = tracer.startTrace().startSpan("open");
    run(tracer, "left out");
    tracer.startTrace().startSpan("bad").recordError(new Error("x")).end();
    const flushed = tracer.flush();
    run(tracer, "left out meanwhile");
    await clock.settle();
    expect(await flushed).toMatchObject({ ok: true });
    expect(account()).toMatchObject({ delivered: 1, queued: 1, sampled: 4 });
    open.end();
  });

  test.each([
    ["keep", 1, 0],
    ["leave out", 0, 1],
  ] as const)("a shutdown decides of what is open, as it stands: %s", async (undecided, delivered, sampled) => {
    const { tracer, exporter, account } = setUp({ undecided });
    using _ = watchLedger(tracer);
    const span = tracer.startTrace().startSpan("open");
    const { ok } = await tracer.shutdown();
    expect(ok).toBe(true);
    expect(account()).toEqual({ created: 1, coalesced: 0, delivered, sampled, queued: 0 });
    if (delivered > 0) expect(exporter.snapshots[0]!.data).toEqual({ "everspan.open_at_shutdown": true });
    span.end();
    tracer.startTrace().startSpan("after").end();
    expect(tracer.stats().lanes.recording!.dropped.shutdown).toBe(3);
  });

  test("the account balances at every moment, with processors that refuse and fail, and a full queue", async () => {
    const processors = [
      (snapshot: SpanSnapshot) => (snapshot.name.endsWith("3") ? null : snapshot),
      (snapshot: SpanSnapshot) => {
        if (snapshot.name.endsWith("4")) throw new Error("x");
        return snapshot;
      },
    ];
    const { tracer, clock } = setUp({ maxTraces: 20 }, { processors, queue: { maxRecords: 50 } });
    using _ = watchLedger(tracer);
    for (let i = 0; i < 300; i++) {
      const root = tracer.startTrace().startSpan(`root ${i}`);
      if (i % 3 === 0) root.recordError(new Error("x"));
      if (i % 5 !== 0) root.end();
      if (i % 50 === 0) await clock.advance(100);
    }
    await tracer.shutdown();
    const { created, delivered, coalesced, dropped } = tracer.stats().lanes.recording!;
    expect(dropped.hook_failed).toBeGreaterThan(0);
    expect(created).toBe(delivered + coalesced + Object.values(dropped).reduce((sum, n) => sum + n, 0));
  });
});

describe("options", () => {
  test.each([
    [{ errors: 1 }, "tailSampling.errors: expected a boolean, got 1"],
    [{ slowerThanMs: 0 }, "tailSampling.slowerThanMs: expected a number above 0, got 0"],
    [{ slowerThanMs: "5" }, 'tailSampling.slowerThanMs: expected a number above 0, got "5"'],
    [{ share: "1" }, 'tailSampling.share: expected a number from 0 to 1, got "1"'],
    [{ share: -0.1 }, "tailSampling.share: expected a number from 0 to 1, got -0.1"],
    [{ slowerThanMs: Number.NaN }, "tailSampling.slowerThanMs: expected a number above 0, got NaN"],
    [{ names: "x" }, 'tailSampling.names: expected an array of strings and regular expressions, got "x"'],
    [{ names: [1] }, "tailSampling.names: expected an array of strings and regular expressions, got an array"],
    [{ data: [] }, "tailSampling.data: expected an object, got an array"],
    [{ keep: true }, "tailSampling.keep: expected a function, got true"],
    [{ share: 1.1 }, "tailSampling.share: expected a number from 0 to 1, got 1.1"],
    [{ undecided: "drop" }, 'tailSampling.undecided: expected "keep" or "leave out", got "drop"'],
    [{ maxTraces: 0 }, "tailSampling.maxTraces: expected a finite number of at least 1, got 0"],
    [{ wait: 1 }, 'tailSampling: unknown option "wait"'],
    [null, "tailSampling: expected an object, got null"],
  ])("%j is refused", (options, message) => {
    expect(() => tailSampling(options as never)).toThrow(message);
  });

  test("a tracer takes what tailSampling() gives, and several may have the same", async () => {
    expect(() => new Tracer({ tailSampling: { errors: true } as never })).toThrow(
      "tailSampling: expected what tailSampling() gives, got an object",
    );
    const shared = tailSampling({});
    const exporters = [new RecordingExporter(), new RecordingExporter()];
    const tracers = exporters.map((exporter) => new Tracer({ exporters: [exporter], tailSampling: shared }));
    tracers[0]!.trace("t").startSpan("a").recordError(new Error("x")).end();
    tracers[1]!.trace("t").startSpan("b").end();
    for (const tracer of tracers) await tracer.shutdown();
    expect(exporters.map(({ snapshots }) => snapshots.length)).toEqual([1, 0]);
  });
});
