/** What becomes of records while the spool's disk is away or full, and when it takes records again. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashChild, ManualClock, never, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import { readSpoolAccounts } from "../../read-spool.ts";
import { Tracer } from "../../recording/tracer.ts";
import type { TracerOptions } from "../../recording/tracer-options.ts";
import { DiskSeam, hastyClock } from "./disk-seam.fixture.ts";

const BUSY: ExportOutcome = { kind: "busy", reason: "503" };
const NO_SPACE = (name: string) => (name === "open" || name === "write" ? "ENOSPC" : undefined);
/** Below what the hasty clock shortens. */
const TO_DISK = { until: "spooled", timeoutMs: 9_000 } as const;
const IN_TIME = { timeoutMs: 9_000 } as const;
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-disk-away-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function tracerWith(exporter: RecordingExporter, options: Partial<TracerOptions> = {}) {
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters: [exporter], logger, spool: { directory }, clock: hastyClock, ...options });
  const spans = (count: number, characters = 500) => {
    for (let i = 0; i < count; i++) {
      const input = `${i} ${"x".repeat(characters)}`;
      tracer.startTrace().startSpan(`s ${i}`, { input }).end();
    }
  };
  const mode = (wanted: string) => vi.waitUntil(() => tracer.stats().mode === wanted, { timeout: 60_000, interval: 5 });
  return { tracer, logger, spans, mode, lane: () => tracer.stats().lanes[exporter.name]! };
}

describe("records that were kept in memory while the disk was away", () => {
  test("D3 are written when it is back, and survive a kill after that", async () => {
    const child = new CrashChild(new URL("disk-away.fixture.ts", import.meta.url), { args: [directory] });
    const said = JSON.parse(await child.line((line) => line.includes("back")));
    await child.kill();
    expect(child.lines.map((line) => JSON.parse(line))).toEqual([
      { when: "away", ok: false, mode: "memory" },
      { when: "back", ok: true, mode: "spool" },
    ]);
    expect(said.ok).toBe(true);
    const exporter = new RecordingExporter("back end");
    const { tracer, lane } = tracerWith(exporter);
    using _ = watchLedger(tracer);
    expect(await tracer.flush()).toMatchObject({ ok: true });
    const ended = exporter.snapshots.filter(({ phase }) => phase === "ended");
    expect(new Set(ended.map(({ name }) => name)).size).toBe(301);
    expect(exporter.named("open")).toMatchObject({ error: { type: "Interrupted" } });
    expect(lane()).toMatchObject({ recovered: 301, delivered: 301, dropped: { crash: 0, corrupt: 0 } });
    await tracer.shutdown(IN_TIME);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("D3 are not written when they were delivered meanwhile", async () => {
    using seam = new DiskSeam();
    const { tracer, spans, mode, lane } = tracerWith(new RecordingExporter("back end"));
    using _ = watchLedger(tracer);
    await tracer.flush(TO_DISK);
    seam.failWith = NO_SPACE;
    spans(50);
    await mode("memory");
    spans(50);
    expect(await tracer.flush()).toMatchObject({ ok: true });
    seam.failWith = () => undefined;
    await mode("spool");
    expect(await tracer.flush(TO_DISK)).toMatchObject({ ok: true });
    expect((await readSpoolAccounts(directory))[0]?.lanes).toMatchObject([{ created: 200, pending: 0 }]);
    expect(lane()).toMatchObject({ delivered: 100, pending: { queued: 0, spooled: 0 } });
    await tracer.shutdown(IN_TIME);
  });

  test("D3 wait for it beyond deliveryTimeoutMs: memory is bounded by records and bytes, not by time", async () => {
    const clock = new ManualClock();
    let isUp = false;
    const exporter = new RecordingExporter("back end", () => (isUp ? { kind: "delivered" } : BUSY));
    const file = join(directory, "file");
    writeFileSync(file, "");
    const { tracer, lane } = tracerWith(exporter, {
      clock,
      spool: { directory: file },
      queue: { maxRecords: 100 },
      delivery: { attemptTimeoutMs: 500, deliveryTimeoutMs: 1_000 },
    });
    using _ = watchLedger(tracer);
    for (let i = 0; i < 150; i++) tracer.startTrace().startSpan(`s ${i}`).end();
    await vi.waitUntil(async () => {
      await clock.settle();
      return tracer.stats().mode === "memory";
    });
    await clock.advance(600_000);
    expect(lane().dropped).toMatchObject({ delivery_timeout: 0, queue_full: 100 });
    isUp = true;
    await clock.advance(10_000);
    expect(lane()).toMatchObject({ delivered: 100, pending: { queued: 0 } });
  });

  test("D7 of an idle process: a removed directory is made anew, and the process goes on", async () => {
    const { tracer, spans, lane } = tracerWith(new RecordingExporter("back end"));
    spans(10);
    expect(await tracer.flush()).toMatchObject({ ok: true });
    rmSync(directory, { recursive: true });
    spans(10);
    expect(await tracer.flush(TO_DISK)).toMatchObject({ ok: true });
    expect(await tracer.shutdown()).toMatchObject({ ok: true });
    expect(lane()).toMatchObject({ delivered: 20 });
  });

  test("D7 that were on disk when its directory was removed are written again to a new one", async () => {
    const exporter = new RecordingExporter("back end", () => BUSY);
    const { tracer, logger, spans } = tracerWith(exporter);
    using _ = watchLedger(tracer);
    spans(100);
    expect(await tracer.flush(TO_DISK)).toMatchObject({ ok: true });
    rmSync(directory, { recursive: true });
    await vi.waitUntil(() => logger.lines.some((line) => line.includes("spool:")), { timeout: 60_000, interval: 5 });
    // A flush that begins while the removal is being noticed says that it did not reach the disk.
    await vi.waitUntil(async () => (await tracer.flush(TO_DISK)).ok, { timeout: 60_000, interval: 5 });
    await tracer.shutdown({ timeoutMs: 50 });
    const next = new RecordingExporter("back end");
    const { tracer: second } = tracerWith(next);
    expect(await second.flush()).toMatchObject({ ok: true });
    expect(new Set(next.snapshots.map(({ name }) => name)).size).toBe(100);
    await second.shutdown(IN_TIME);
  });
});

describe("records that found the disk full", () => {
  test("D11 are written once what was there before is delivered", async () => {
    let isUp = false;
    let taken = 0;
    const exporter = new RecordingExporter("back end", (batch) => {
      if (!isUp) return BUSY;
      taken += batch.length;
      return taken <= 5_000 ? { kind: "delivered" } : never();
    });
    const { tracer, spans, lane } = tracerWith(exporter, {
      spool: { directory, maxBytes: 20e6 },
      batch: { maxRecords: 500 },
    });
    using _ = watchLedger(tracer);
    spans(6_000, 5_000);
    let written = await tracer.flush(TO_DISK);
    while (written.timedOut) written = await tracer.flush(TO_DISK);
    expect(written).toMatchObject({ ok: false });
    isUp = true;
    await vi.waitUntil(() => lane().delivered === 5_000, { timeout: 60_000, interval: 5 });
    const isSpooled = async () => (await tracer.flush(TO_DISK)).ok;
    await vi.waitUntil(isSpooled, { timeout: 60_000, interval: 50 });
    expect(lane().dropped).toMatchObject({ spool_full: 0, queue_full_bytes: 0 });
    await tracer.shutdown({ timeoutMs: 10 });
    const next = new RecordingExporter("back end");
    const { tracer: second } = tracerWith(next);
    expect(await second.flush()).toMatchObject({ ok: true });
    expect(next.snapshots).toHaveLength(1_000);
    await second.shutdown(IN_TIME);
  });
});
