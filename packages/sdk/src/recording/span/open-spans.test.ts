/** What becomes of spans that nobody ends. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mergeSnapshots, type SpanSnapshot } from "@everspan/protocol";
import { CrashChild, ManualClock, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { readSpoolAccounts } from "../../read-spool.ts";
import { Tracer } from "../tracer.ts";
import type { TracerOptions } from "../tracer-options.ts";

const HOUR_MS = 3_600_000;

function makeTracer(options: Partial<TracerOptions> = {}) {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], clock, logger, ...options });
  return {
    tracer,
    clock,
    logger,
    exporter,
    sent: () => exporter.snapshots.map(({ name, phase }) => `${name} ${phase}`),
  };
}

describe("a span that is never ended", () => {
  test("P21 is sent as ended after six hours, says so, and is counted", async () => {
    const { tracer, clock, logger, exporter } = makeTracer();
    using _ = watchLedger(tracer);
    tracer.startTrace().startSpan("forgotten", { input: { question: "?" } });
    await clock.advance(6 * HOUR_MS - 1);
    expect(exporter.named("forgotten")).toMatchObject({ phase: "started", status: "OK" });
    await clock.advance(1_000);
    expect(exporter.named("forgotten")).toMatchObject({
      phase: "ended",
      status: "ERROR",
      error: { type: "Unended" },
      input: { question: "?" },
      startTime: "2026-01-31T12:00:00.000000Z",
      endTime: "2026-01-31T18:00:00.000000Z",
    });
    expect(tracer.stats()).toMatchObject({ unended: 1, queue: { openSpans: 0 } });
    expect(logger.lines.filter((line) => line.includes("without end()"))).toHaveLength(1);
  });

  test("P21 that is ended after all stands as its own end says, in whichever order the two arrive", async () => {
    const { tracer, clock, exporter } = makeTracer({ openSpans: { maxAgeMs: HOUR_MS } });
    using _ = watchLedger(tracer);
    const span = tracer.startTrace().startSpan("slow");
    await clock.advance(2 * HOUR_MS);
    expect(span.isRecording).toBe(true);
    span.output = "done";
    span.end();
    await clock.advance(HOUR_MS);
    const [, givenUp, ended] = exporter.snapshots as [SpanSnapshot, SpanSnapshot, SpanSnapshot];
    expect(givenUp).toMatchObject({ phase: "ended", error: { type: "Unended" } });
    expect(ended).toMatchObject({ phase: "ended", status: "OK", output: "done" });
    expect(ended.error).toBeUndefined();
    expect(mergeSnapshots(givenUp, ended).winner).toBe(ended);
    expect(mergeSnapshots(ended, givenUp).winner).toBe(ended);
    expect(tracer.stats().unended).toBe(1);
  });

  test("P21 tells the error that was recorded on it, too", async () => {
    const { tracer, clock, exporter } = makeTracer({ openSpans: { maxAgeMs: 1_000 } });
    tracer.startTrace().startSpan("failed").recordError(new TypeError("no such tool"));
    await clock.advance(2_000);
    const message = "given up without end(): open for 1000 ms; TypeError: no such tool";
    expect(exporter.named("failed")?.error).toEqual({ type: "Unended", message });
  });

  test("P21 is given up at its own time, and younger ones at theirs", async () => {
    const { tracer, clock, sent } = makeTracer({ openSpans: { maxAgeMs: 10_000 }, batch: { lingerMs: 0 } });
    const trace = tracer.startTrace();
    trace.startSpan("first");
    await clock.advance(4_000);
    trace.startSpan("second");
    trace.startSpan("ended").end();
    await clock.advance(6_000);
    expect(sent()).toEqual(["first started", "second started", "ended ended", "first ended"]);
    await clock.advance(4_000);
    expect(sent().at(-1)).toBe("second ended");
    expect(tracer.stats().unended).toBe(2);
  });

  test("P21 gives way, oldest first, when more are open than the bound, and is said once", async () => {
    const { tracer, clock, logger, exporter } = makeTracer({ openSpans: { maxCount: 10 } });
    using _ = watchLedger(tracer);
    const trace = tracer.startTrace();
    for (let i = 0; i < 30; i++) {
      const span = trace.startSpan(`${i}`);
      if (i % 3 === 0) span.end();
    }
    expect(tracer.stats()).toMatchObject({ unended: 10, queue: { openSpans: 10 } });
    await clock.advance(1_000);
    const givenUp = exporter.snapshots.filter(({ error }) => error?.type === "Unended").map(({ name }) => name);
    expect(givenUp).toEqual(["1", "2", "4", "5", "7", "8", "10", "11", "13", "14"]);
    expect(logger.lines).toEqual([expect.stringContaining("more than 10 are open")]);
  });

  test("P21 leaves the queue room when many are due together", async () => {
    const { tracer, clock } = makeTracer({ openSpans: { maxAgeMs: HOUR_MS }, queue: { maxRecords: 1_000 } });
    using _ = watchLedger(tracer);
    for (let i = 0; i < 5_000; i++) {
      tracer.startTrace().startSpan("forgotten");
      if (i % 500 === 499) await clock.advance(250);
    }
    await clock.advance(HOUR_MS + 10_000);
    const { lanes, unended } = tracer.stats();
    expect(unended).toBe(5_000);
    expect(lanes.recording).toMatchObject({ delivered: 10_000, dropped: { queue_full: 0 } });
  });

  test("P21 is not sent again at a shutdown, and keeps no process alive", async () => {
    const { tracer, clock, sent } = makeTracer({ openSpans: { maxAgeMs: 1_000 } });
    const trace = tracer.startTrace();
    trace.startSpan("old");
    await clock.advance(900);
    trace.startSpan("young");
    expect(clock.aliveTimers).toBe(0);
    await clock.advance(600);
    expect(clock.aliveTimers).toBe(0);
    const shutdown = tracer.shutdown();
    await clock.advance(0);
    expect(await shutdown).toMatchObject({ ok: true });
    expect(sent()).toEqual(["old started", "young started", "old ended", "young started"]);
  });

  test("P21 needs its START on disk no longer once its END is there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "everspan-open-"));
    try {
      const exporter = new RecordingExporter();
      const tracer = new Tracer({
        exporters: [exporter],
        spool: { directory },
        openSpans: { maxCount: 1 },
        logger: new RecordingLogger(),
      });
      const trace = tracer.startTrace();
      trace.startSpan("old");
      trace.startSpan("young");
      expect(await tracer.flush({ until: "spooled" })).toMatchObject({ ok: true });
      expect(await tracer.flush()).toMatchObject({ ok: true });
      expect(exporter.named("old")).toMatchObject({ phase: "ended", error: { type: "Unended" } });
      const [account] = await readSpoolAccounts(directory);
      expect(account?.lanes).toMatchObject([{ created: 3, pending: 1 }]);
      await tracer.shutdown();
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

/** What a process says of itself after each tenth of its spans, see `unended.fixture.ts`. */
interface Said {
  readonly heapUsed: number;
  readonly rss: number;
  readonly unended: number;
  readonly open: number;
  readonly delivered: number;
}

/** How long that takes is the machine's affair. */
describe("very many spans that are never ended", { timeout: 600_000 }, () => {
  const MAX_OPEN = 10_000;

  async function run(spans: number, ...args: string[]): Promise<[second: Said, last: Said]> {
    const program = new URL("unended.fixture.ts", import.meta.url);
    const child = new CrashChild(program, { args: [`${spans}`, `${MAX_OPEN}`, ...args] });
    expect(await child.ended, child.errorText).toEqual({ code: 0, signal: null });
    const said = child.lines.map((line) => JSON.parse(line) as Said);
    return [said[1]!, said[9]!];
  }

  function expectFlat(second: Said, last: Said): void {
    expect(last.heapUsed - second.heapUsed).toBeLessThan(8e6);
    expect(last.rss - second.rss).toBeLessThan(100e6);
  }

  test("P21 hold no more memory when there were a million than when there were a fifth of it", async () => {
    const [second, last] = await run(1_000_000);
    expect(last).toMatchObject({ open: MAX_OPEN, unended: 990_000, delivered: 1_990_000 });
    expectFlat(second, last);
  });

  test("P21 hold no more memory and no more of the disk with a spool", async () => {
    const directory = mkdtempSync(join(tmpdir(), "everspan-unended-"));
    try {
      const [second, last] = await run(100_000, directory);
      expect(last).toMatchObject({ open: MAX_OPEN, unended: 90_000, delivered: 190_000 });
      expectFlat(second, last);
      const [account] = await readSpoolAccounts(directory);
      expect(account?.lanes).toMatchObject([{ created: 190_000, pending: MAX_OPEN }]);
      expect(account?.bytes).toBeLessThan(32e6);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
