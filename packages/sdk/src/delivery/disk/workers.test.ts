/** What worker threads leave in a spool, whose process lives on. */

import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as elapsed } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { bundledProgram, RecordingExporter, RecordingLogger, watchLedger } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Tracer } from "../../recording/tracer.ts";

const PROGRAM = new URL("./worker.fixture.ts", import.meta.url);
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-workers-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function startWorker(): Worker {
  return new Worker(bundledProgram(PROGRAM), { workerData: { directory } });
}

test("what a terminated thread had spooled is delivered by its living process, and by nobody while it lives", async () => {
  const exporter = new RecordingExporter("back end");
  const tracer = new Tracer({ exporters: [exporter], spool: { directory }, logger: new RecordingLogger() });
  using _ = watchLedger(tracer);
  await tracer.flush();
  const workers = [startWorker(), startWorker()];
  expect((await Promise.all(workers.map((worker) => once(worker, "message")))).flat()).toEqual([true, true]);
  await workers[0]!.terminate();
  const isHome = (count: number) => exporter.snapshots.filter(({ name }) => name === "open").length === count;
  while (!isHome(1)) await elapsed(5);
  await tracer.flush();
  expect(exporter.snapshots.map(({ name, error }) => `${name} ${error?.type}`).sort()).toEqual([
    "a undefined",
    "b undefined",
    "open Interrupted",
  ]);
  await workers[1]!.terminate();
  while (!isHome(2)) await elapsed(5);
  await tracer.shutdown();
  expect(exporter.snapshots).toHaveLength(6);
  expect(readdirSync(directory)).toEqual([]);
});
