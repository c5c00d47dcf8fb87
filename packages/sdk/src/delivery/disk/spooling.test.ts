/** Records on their way through a real spool directory, with the tracer on top. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { never, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import { Tracer } from "../../recording/tracer.ts";
import type { TracerOptions } from "../../recording/tracer-options.ts";
import { patientClock } from "./disk-seam.fixture.ts";

const BUSY: ExportOutcome = { kind: "busy", reason: "503" };
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-spooling-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function tracerWith(exporter: RecordingExporter, options: Partial<TracerOptions> = {}) {
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters: [exporter], logger, spool: { directory }, ...options });
  return { tracer, logger, lane: () => tracer.stats().lanes[exporter.name]! };
}

/** Starts that shut down with a dead back end leave what they had to the next. */
async function leaveBehind(record: (tracer: Tracer) => void): Promise<void> {
  const { tracer } = tracerWith(new RecordingExporter("back end", () => BUSY), { batch: { lingerMs: 0 } });
  using _ = watchLedger(tracer);
  record(tracer);
  // However slow the disk is today: a shutdown gives it little time.
  await tracer.flush({ until: "spooled" });
  await tracer.shutdown({ timeoutMs: 100 });
}

/** Whether any file of the spool holds this text. */
function isOnDisk(text: string): boolean {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text));
}

describe("a spool", () => {
  test("what a shutdown could not deliver stays on disk, and the next start delivers it", async () => {
    const messages = [{ role: "system", content: "be good ".repeat(100) }];
    await leaveBehind((tracer) => {
      const trace = tracer.trace("t");
      for (let i = 0; i < 20; i++) {
        messages.push({ role: "user", content: `${i} ${"question ".repeat(50)}` });
        const span = trace.startSpan(`step ${i}`, { input: { messages }, data: { "\u0001odd": "\u0001b" } });
        span.output = i;
        span.end();
      }
    });
    const exporter = new RecordingExporter("back end");
    const { tracer, lane } = tracerWith(exporter);
    using _ = watchLedger(tracer);
    expect(await tracer.flush()).toMatchObject({ ok: true });
    expect(exporter.snapshots.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `step ${i}`));
    expect(exporter.snapshots[19]).toMatchObject({ input: { messages }, output: 19, data: { "\u0001odd": "\u0001b" } });
    expect(lane()).toMatchObject({ created: 0, recovered: 20, delivered: 20, pending: { queued: 0, spooled: 0 } });
    await tracer.shutdown();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("shutdown says what stays on disk, and loses nothing", async () => {
    const { tracer, lane } = tracerWith(new RecordingExporter("back end", never));
    for (let i = 0; i < 50; i++) tracer.startTrace().startSpan("s").end();
    const result = await tracer.shutdown({ timeoutMs: 50 });
    expect(result).toMatchObject({ ok: false, timedOut: true });
    expect(lane()).toMatchObject({ created: 100, coalesced: 50, pending: { spooled: 50, queued: 0, inFlight: 0 } });
    expect(lane().dropped.shutdown_timeout).toBe(0);
  });

  test("flush until spooled does not wait for the back end", async () => {
    const { tracer, lane } = tracerWith(new RecordingExporter("back end", never));
    tracer.startTrace().startSpan("s").end();
    expect(await tracer.flush({ until: "spooled" })).toMatchObject({ ok: true, timedOut: false });
    expect(lane()).toMatchObject({ delivered: 0 });
    expect(await tracer.flush({ until: "synced" })).toMatchObject({ ok: false });
    await tracer.shutdown({ timeoutMs: 10 });
  });

  test("a START leaves when it is on disk, not before: the next start would not know that it has to be ended", async () => {
    const wasOnDisk: boolean[] = [];
    const exporter = new RecordingExporter("back end", () => {
      wasOnDisk.push(isOnDisk("opened-at-once"));
      return { kind: "delivered" };
    });
    const { tracer } = tracerWith(exporter, { batch: { lingerMs: 0 }, clock: patientClock });
    await tracer.flush({ until: "spooled" });
    const span = tracer.startTrace().startSpan("s", { id: "opened-at-once" });
    await tracer.flush();
    expect(exporter.snapshots.map(({ phase }) => phase)).toEqual(["started"]);
    expect(wasOnDisk).toEqual([true]);
    span.end();
    await tracer.shutdown();
  });

  test("an END whose START is on disk leaves when it is there too: the next start would call the span interrupted", async () => {
    const wasOnDisk: boolean[] = [];
    const exporter = new RecordingExporter("back end", ([snapshot]) => {
      if (snapshot?.phase === "ended") wasOnDisk.push(isOnDisk("the-answer-is-42"));
      return { kind: "delivered" };
    });
    const { tracer } = tracerWith(exporter, { clock: patientClock });
    const span = tracer.startTrace().startSpan("s");
    await tracer.flush({ until: "spooled" });
    span.output = { answer: "the-answer-is-42" };
    span.end();
    await tracer.flush();
    expect(wasOnDisk).toEqual([true]);
    await tracer.shutdown();
  });

  test("adopted records that a burst pushes out of the queue come back, and a flush waits for them", async () => {
    await leaveBehind((tracer) => {
      for (let i = 0; i < 30; i++) tracer.startTrace().startSpan(`left ${i}`).end();
    });
    let isAway = true;
    const exporter = new RecordingExporter("back end", () => (isAway ? BUSY : { kind: "delivered" }));
    const { tracer, lane } = tracerWith(exporter, {
      queue: { maxRecords: 100 },
      batch: { maxRecords: 10, lingerMs: 0 },
    });
    using _ = watchLedger(tracer);
    while (lane().recovered < 25) await nextTurn();
    for (let i = 0; i < 300; i++) {
      tracer.startTrace().startSpan(`new ${i}`).end();
      if (i % 20 === 0) await tracer.flush({ until: "spooled" });
    }
    expect(lane().pending.spooled).toBeGreaterThan(0);
    isAway = false;
    const { ok } = await tracer.flush();
    expect(ok).toBe(true);
    expect(lane()).toMatchObject({ recovered: 30, pending: { queued: 0, spooled: 0, inFlight: 0 } });
    const names = new Set(exporter.snapshots.map(({ name }) => name));
    expect([...names].filter((name) => name.startsWith("left"))).toHaveLength(30);
    expect([...names].filter((name) => name.startsWith("new"))).toHaveLength(300);
    await tracer.shutdown();
  });

  test("two spans whose ids would be one text with a slash between are both recovered", async () => {
    await leaveBehind((tracer) => {
      tracer.trace("a").startSpan("first", { id: "b/c", input: 1 });
      tracer.trace("a/b").startSpan("second", { id: "c", input: 2 });
    });
    const exporter = new RecordingExporter("back end");
    const { tracer, lane } = tracerWith(exporter);
    expect((await tracer.flush()).ok).toBe(true);
    expect(exporter.snapshots.map(({ name }) => name).toSorted()).toEqual(["first", "second"]);
    expect(lane().pending).toEqual({ queued: 0, spooled: 0, inFlight: 0 });
    await tracer.shutdown();
  });

  test("D11 a full directory refuses the newest, and they are counted once memory is full too", async () => {
    const { tracer, lane } = tracerWith(new RecordingExporter("back end", never), {
      spool: { directory, maxBytes: 300_000 },
      queue: { maxRecords: 100 },
    });
    using _ = watchLedger(tracer);
    for (let i = 0; i < 40; i++) {
      for (let n = 0; n < 20; n++)
        tracer
          .startTrace()
          .startSpan("s", { input: `${i}.${n} ${"x".repeat(500)}` })
          .end();
      await tracer.flush({ until: "spooled" });
    }
    const { dropped, pending } = lane();
    expect(pending.spooled).toBeGreaterThan(0);
    expect(dropped.spool_full).toBeGreaterThan(0);
    expect(dropped.queue_full).toBe(0);
    await tracer.shutdown({ timeoutMs: 10 });
  });

  test("a full queue overflows to disk and comes back when there is room", async () => {
    let isUp = false;
    const exporter = new RecordingExporter("back end", () => (isUp ? { kind: "delivered" } : BUSY));
    const { tracer, lane } = tracerWith(exporter, { queue: { maxRecords: 200 }, batch: { maxRecords: 20 } });
    using _ = watchLedger(tracer);
    for (let i = 0; i < 50; i++) {
      for (let n = 0; n < 20; n++) tracer.startTrace().startSpan(`s ${i}.${n}`).end();
      await tracer.flush({ until: "spooled", timeoutMs: 2_000 });
    }
    expect(lane().pending.spooled).toBeGreaterThan(700);
    isUp = true;
    expect(await tracer.flush({ timeoutMs: 20_000 })).toMatchObject({ ok: true });
    expect(lane()).toMatchObject({ delivered: 1000, coalesced: 1000 });
    expect(new Set(exporter.snapshots.map(({ name }) => name)).size).toBe(1000);
    await tracer.shutdown();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("D6 a directory that can't be used is said once, and spans are delivered from memory", async () => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    const exporter = new RecordingExporter("back end");
    const { tracer, logger, lane } = tracerWith(exporter, { spool: { directory: file } });
    for (let i = 0; i < 5; i++) tracer.startTrace().startSpan("s").end();
    expect(await tracer.flush()).toMatchObject({ ok: true });
    expect(tracer.stats().mode).toBe("memory");
    expect(lane()).toMatchObject({ delivered: 5, coalesced: 5 });
    expect(await tracer.flush({ until: "spooled", timeoutMs: 50 })).toMatchObject({ ok: false });
    expect(logger.lines.filter((line) => line.includes("spool"))).toHaveLength(1);
    await tracer.shutdown();
  });

  test("records of a lane that is not configured stay for the one that is", async () => {
    await leaveBehind((tracer) => tracer.startTrace().startSpan("s").end());
    const other = new RecordingExporter("other");
    const { tracer } = tracerWith(other);
    expect(await tracer.flush()).toMatchObject({ ok: true });
    await tracer.shutdown();
    expect(other.snapshots).toEqual([]);
    const exporter = new RecordingExporter("back end");
    const next = tracerWith(exporter).tracer;
    await next.flush();
    await next.shutdown();
    expect(exporter.snapshots.map(({ name }) => name)).toEqual(["s"]);
    expect(readdirSync(directory)).toEqual([]);
  });
});
