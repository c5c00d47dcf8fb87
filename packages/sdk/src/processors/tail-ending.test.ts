import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashChild, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Tracer } from "../recording/tracer.ts";
import { readSpoolAccounts } from "../spool/index.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "everspan-tail-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = (...args: string[]) => new CrashChild(new URL("tail-ending.fixture.ts", import.meta.url), { args });
const HELD = JSON.stringify({ created: 2, queued: 2 });

/** What the next process on this spool finds. */
async function nextOn(directory: string) {
  const exporter = new RecordingExporter("back end");
  const tracer = new Tracer({ exporters: [exporter], spool: { directory }, logger: new RecordingLogger() });
  await vi.waitUntil(() => tracer.stats().lanes["back end"]!.recovered > 0, { timeout: 60_000 });
  const { lanes } = await tracer.shutdown();
  const { recovered, delivered, dropped, inherited } = lanes["back end"]!;
  return {
    names: exporter.snapshots.map(({ name }) => name).toSorted(),
    recovered,
    delivered,
    crash: dropped.crash,
    inherited,
  };
}

describe("a process that holds a trace", () => {
  test("and ends by itself sends it", async () => {
    const child = program("end");
    expect(await child.ended, child.errorText).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual([HELD, JSON.stringify({ arrived: ["root", "child"] })]);
  });

  test("and ends by `exit` leaves it to the next on its spool", async () => {
    const directory = mkdtempSync(join(root, "exit-"));
    const child = program("exit", directory);
    expect(await child.ended, child.errorText).toEqual({ code: 0, signal: null });
    expect(child.lines).toEqual([HELD, JSON.stringify({ arrived: [] })]);
    expect(await nextOn(directory)).toMatchObject({ names: ["child", "root"], recovered: 2, delivered: 2, crash: 0 });
  });

  test("and is killed loses it, and the next on its spool says so", async () => {
    const directory = mkdtempSync(join(root, "kill-"));
    const child = program("wait", directory);
    await child.line((line) => line === HELD);
    const pendingOnDisk = async () => (await readSpoolAccounts(directory))[0]?.lanes[0]?.pending;
    await vi.waitUntil(async () => (await pendingOnDisk()) === 2, { timeout: 60_000 });
    child.kill();
    await child.ended;
    expect(await nextOn(directory)).toMatchObject({ names: [], recovered: 2, delivered: 0, crash: 2 });
  });
});
