import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpanSnapshot } from "@everspan/protocol";
import { bundledProgram } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot, traceOf } from "../../trace-store.contract.ts";
import { olderPathOf } from "../schema/open-database.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";
import { writeFormat2 } from "./format-2.fixture.ts";

const P = "project";
const PRODUCER = "f".repeat(32);
const WHOLE = Number.POSITIVE_INFINITY;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-format-2-"));
  path = join(directory, "everspan.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** So many traces of three spans: a START, an END with an error, a conversation. */
function spansOf(traces: number): SpanSnapshot[] {
  return Array.from({ length: traces }, (_, i) => `trace-${i}`).flatMap((traceId, i) => [
    snapshot({ id: `${traceId}-open`, traceId, phase: "started", revision: 0, service: { name: "svc" } }),
    snapshot({
      id: `${traceId}-failed`,
      traceId,
      parentId: `${traceId}-open`,
      status: "ERROR",
      revision: 5,
      error: { type: "TypeError", message: "no" },
    }),
    snapshot({
      id: `${traceId}-large`,
      parentId: `${traceId}-open`,
      traceId,
      input: { messages: ["x".repeat(400), { i }] },
      output: [1],
      data: { i },
    }),
  ]);
}

test("a file of the format before is moved over while the store runs: every span, its producer and the counts", async () => {
  const spans = spansOf(30);
  writeFormat2(path, P, spans, PRODUCER);
  const store = new SqliteTraceStore({ path });
  await store.settle();
  expect(existsSync(olderPathOf(path))).toBe(false);
  const trace = (await traceOf(store, P, "trace-7", WHOLE))!;
  expect(trace.trace).toMatchObject({ spanCount: 3, errorCount: 1, stalledCount: 1, service: "svc" });
  expect(trace.producers).toMatchObject([{ id: PRODUCER, state: "stalled", missingRecords: 0 }]);
  for (const span of spans.filter(({ traceId }) => traceId === "trace-7")) {
    expect(await store.getSpan(P, "trace-7", span.id)).toMatchObject({ ...span });
  }
  expect(await store.stats(P)).toMatchObject({ traces: 30, spans: 90, runningTraces: 30 });
  await store.close();
});

test("before it is moved a trace is read, changed and written to as if it were", async () => {
  writeFormat2(path, P, spansOf(300), PRODUCER);
  const store = new SqliteTraceStore({ path });
  // The oldest, which is moved last.
  expect((await traceOf(store, P, "trace-0", WHOLE))?.trace.spanCount).toBe(3);
  const end = snapshot({ id: "trace-1-open", traceId: "trace-1", revision: 1 });
  expect(await store.write(P, [end, snapshot({ id: "new", traceId: "trace-1" })])).toEqual([
    "stored-new",
    "stored-new",
  ]);
  expect((await traceOf(store, P, "trace-1", WHOLE))?.trace).toMatchObject({ spanCount: 4, running: false });
  const again = snapshot({ id: "trace-2-failed", traceId: "trace-2", revision: 4 });
  expect(await store.write(P, [again])).toEqual(["superseded"]);
  await expect(
    store.write(P, [snapshot({ id: "trace-3-large", traceId: "trace-3" })], { mode: "insert" }),
  ).rejects.toThrow("exists");
  const patched = await store.patch(P, "trace-4-open", (span) => ({
    ...span,
    revision: span.revision + 1,
    name: "renamed",
  }));
  expect(patched?.name).toBe("renamed");
  await store.settle();
  expect((await store.stats(P)).spans).toBe(901);
  await store.close();
});

test("what is beyond a limit of size goes in the order of arrival, also while an older file is moved", async () => {
  const large = (traceId: string, i: number) =>
    snapshot({ id: `${traceId}-span`, traceId, input: { text: distinctText(i, 16_000) } });
  const older = Array.from({ length: 20 }, (_, i) => `older-${i}`);
  const newer = Array.from({ length: 20 }, (_, i) => `newer-${i}`);
  writeFormat2(path, P, older.map(large), PRODUCER);
  let nowMs = Date.UTC(2026, 0, 31);
  const store = new SqliteTraceStore({ path, nowMs: () => nowMs++ });
  const expire = (maxBytes: number) => store.expire({ nowMs, maxBytes, sliceMs: Number.POSITIVE_INFINITY });
  const writes = newer.map((traceId, i) => store.write(P, [large(traceId, i + 20)]));
  // Jobs take their turns: the move's first slice comes behind this one.
  expect(await expire(1)).toEqual({ deletedTraces: 0, hasMore: true });
  await Promise.all(writes);
  await store.settle();
  const idsLeft = async () => (await store.listTraces(P, { limit: 100 })).traces.map(({ traceId }) => traceId).sort();
  const inOrder = [...older, ...newer];
  expect(await idsLeft()).toEqual([...inOrder].sort());
  for (let left = inOrder.length; left > 0; ) {
    const { storedBytes } = await store.stats(P);
    const { deletedTraces } = await expire(storedBytes * 0.8);
    expect(deletedTraces).toBeGreaterThan(0);
    left -= deletedTraces;
    expect(await idsLeft()).toEqual(inOrder.slice(inOrder.length - left).sort());
  }
  await store.close();
});

/** Text that compresses little. */
function distinctText(seed: number, length: number): string {
  let text = "";
  for (let i = 0; text.length < length; i++) text += hash("sha256", `${seed} ${i}`);
  return text.slice(0, length);
}

const MOVE = new URL("./format-2.process.ts", import.meta.url);

test("S11 a move that is killed again and again goes on where it stopped and loses nothing", {
  timeout: 300_000,
}, async () => {
  const spans = spansOf(600);
  writeFormat2(path, P, spans, PRODUCER);
  let kills = 0;
  for (; kills < 4 && (kills === 0 || existsSync(olderPathOf(path))); kills++) {
    const child = spawn(process.execPath, [bundledProgram(MOVE), path], { stdio: ["ignore", "pipe", "inherit"] });
    // It says what it has moved; somewhere in the middle of that it dies.
    for (let heard = 0; heard <= kills; heard++) await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  const store = new SqliteTraceStore({ path });
  await store.settle();
  expect(await store.stats(P)).toMatchObject({ traces: 600, spans: spans.length });
  const seen = await traceOf(store, P, "trace-234", WHOLE);
  expect(seen?.spans.map((span) => span.id).sort()).toEqual(["failed", "large", "open"].map((id) => `trace-234-${id}`));
  await store.close();
});
