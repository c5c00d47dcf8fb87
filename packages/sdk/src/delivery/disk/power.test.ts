/** `durability: "power"` through a whole tracer: what is said to be synced was synced, whatever the disk answers. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { DiskSeam, hastyClock } from "./disk-seam.fixture.ts";

/** Below what the hasty clock shortens. */
const SYNCED = { until: "synced", timeoutMs: 9_000 } as const;
const IN_TIME = { timeoutMs: 9_000 } as const;
let directory = "";
let seam: DiskSeam;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-power-"));
  seam = new DiskSeam();
});
afterEach(() => {
  seam[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function tracerWith(durability: "power" | "process", exporter = deadBackEnd()) {
  const logger = new RecordingLogger();
  const tracer = new Tracer({
    exporters: [exporter],
    spool: { directory, durability },
    clock: hastyClock,
    logger,
  });
  const spans = (count: number) => {
    for (let i = 0; i < count; i++) tracer.startTrace().startSpan(`s ${i}`).end();
  };
  return { tracer, logger, spans };
}

const deadBackEnd = () => new RecordingExporter("back end", () => ({ kind: "busy", reason: "503" }));

/** What the next start finds. */
async function recoveredNames(): Promise<string[]> {
  const exporter = new RecordingExporter("back end");
  const { tracer } = tracerWith("power", exporter);
  expect(await tracer.flush()).toMatchObject({ ok: true });
  await tracer.shutdown(IN_TIME);
  expect(readdirSync(directory)).toEqual([]);
  return exporter.snapshots.map(({ name }) => name);
}

describe('a spool with durability "power"', () => {
  test("D2 says synced only when what it wrote last was synced after it, and the names before it", async () => {
    const { tracer, spans } = tracerWith("power");
    using _ = watchLedger(tracer);
    for (let round = 0; round < 3; round++) {
      spans(20);
      seam.calls.length = 0;
      expect(await tracer.flush(SYNCED)).toMatchObject({ ok: true });
      // The ledger, written after the sync, is not what was promised.
      expect(seam.calls.indexOf("write")).toBeGreaterThanOrEqual(0);
      expect(seam.calls.indexOf("fsync")).toBeGreaterThan(seam.calls.indexOf("write"));
      if (round === 0) expect(seam.calls.indexOf("fsyncDirectory")).toBeLessThan(seam.calls.lastIndexOf("fsync"));
    }
    await tracer.shutdown({ timeoutMs: 10 });
    expect(await recoveredNames()).toHaveLength(60);
  });

  test("D4 after a sync that failed writes everything unsynced again, to a new segment, before it says synced", async () => {
    const { tracer, spans, logger } = tracerWith("power");
    using _ = watchLedger(tracer);
    spans(5);
    expect(await tracer.flush(SYNCED)).toMatchObject({ ok: true });
    let syncs = 0;
    seam.failWith = (name) => (name === "fsync" && syncs++ === 0 ? "EIO" : undefined);
    spans(20);
    expect(await tracer.flush(SYNCED)).toMatchObject({ ok: true });
    expect(syncs).toBeGreaterThan(1);
    expect(tracer.stats().mode).toBe("spool");
    const [incarnation] = readdirSync(directory);
    expect(readdirSync(join(directory, incarnation!)).filter((name) => name.endsWith(".seg"))).toHaveLength(2);
    expect(logger.lines.filter((line) => line.includes("spool"))).toEqual([]);
    await tracer.shutdown({ timeoutMs: 10 });
    expect(await recoveredNames()).toHaveLength(25);
  });

  test("D4 a disk that can't sync at all is not in use; nothing is said to be synced until it can", async () => {
    const { tracer, spans, logger } = tracerWith("power");
    using _ = watchLedger(tracer);
    expect(await tracer.flush(SYNCED)).toMatchObject({ ok: true });
    seam.failWith = (name) => (name === "fsync" ? "EIO" : undefined);
    spans(20);
    expect(await tracer.flush(SYNCED)).toMatchObject({ ok: false, timedOut: false });
    expect(tracer.stats().mode).toBe("memory");
    expect(logger.lines.filter((line) => line.includes("EIO"))).toHaveLength(1);
    spans(20);
    seam.failWith = () => undefined;
    await vi.waitUntil(() => tracer.stats().mode === "spool", { timeout: 60_000, interval: 5 });
    expect(await tracer.flush(SYNCED)).toMatchObject({ ok: true });
    await tracer.shutdown({ timeoutMs: 10 });
    expect(await recoveredNames()).toHaveLength(40);
  });

  test("D7 whose directory is removed says synced only of what is in the new one", async () => {
    const { tracer, spans } = tracerWith("power");
    using _ = watchLedger(tracer);
    spans(20);
    expect(await tracer.flush(SYNCED)).toMatchObject({ ok: true });
    rmSync(directory, { recursive: true });
    spans(1);
    // The first to notice may be the spool itself: then the disk is away for a moment.
    await vi.waitUntil(async () => (await tracer.flush(SYNCED)).ok, { timeout: 60_000, interval: 5 });
    await tracer.shutdown({ timeoutMs: 10 });
    expect(await recoveredNames()).toHaveLength(21);
  });
});

test('a spool with durability "process" syncs nothing and says so', async () => {
  const { tracer, spans } = tracerWith("process");
  spans(20);
  expect(await tracer.flush({ until: "spooled", timeoutMs: 9_000 })).toMatchObject({ ok: true });
  expect(await tracer.flush(SYNCED)).toMatchObject({ ok: false, timedOut: false });
  await tracer.shutdown({ timeoutMs: 10 });
  expect(seam.count("fsync")).toBe(0);
});
