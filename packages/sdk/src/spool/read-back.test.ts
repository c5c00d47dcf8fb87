import { SpoolRun } from "@everspan/testkit";
import { expect, test } from "vitest";
import type { SpoolBlob, SpoolEntry } from "./index.ts";

/** What a process reads back of its own records, on a simulated disk that counts. */

const PIECE = 10;

async function entriesOf(entries: AsyncIterable<SpoolEntry>): Promise<SpoolEntry[]> {
  const found: SpoolEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

async function seqsOf(entries: AsyncIterable<SpoolEntry>): Promise<number[]> {
  return (await entriesOf(entries)).map(({ seq }) => seq);
}

function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function backlog(records: number, segmentBytes?: number): Promise<SpoolRun> {
  const run = await new SpoolRun(segmentBytes === undefined ? {} : { segmentBytes }).opened();
  for (let count = 1; count <= records; count += 1) {
    run.append(`record ${count} ${"x".repeat(2_000)}`, ["a shared prompt ".repeat(20)]);
    await run.commit();
  }
  return run;
}

function countReads(run: SpoolRun): { bytes: number } {
  const count = { bytes: 0 };
  run.disk.onRead = ({ bytes }) => {
    count.bytes += bytes;
    return undefined;
  };
  return count;
}

test.each([
  ["in one segment that is still written", undefined],
  ["in many segments", 50_000],
])("a backlog read in pieces, %s, is read about once", async (_, segmentBytes) => {
  const run = await backlog(400, segmentBytes);
  const reads = countReads(run);
  for (let first = 1; first <= 400; first += PIECE) {
    const piece = upTo(first + PIECE - 1, first);
    expect(await seqsOf(run.spool.read(piece))).toEqual(piece);
  }
  // What was read ahead of a piece in the segment that is still written is read again: it may have been changed.
  const chunks = segmentBytes === undefined ? (400 / PIECE) * 256 * 1024 : 0;
  expect(reads.bytes).toBeLessThan(1.5 * run.spool.bytes + chunks);
});

test("a reader that stops in the middle goes on there, and one that goes back begins anew", async () => {
  const run = await backlog(30);
  for await (const { seq } of run.spool.read(upTo(30))) if (seq === 7) break;

  expect(await seqsOf(run.spool.read(upTo(30, 8)))).toEqual(upTo(30, 8));
  expect(await seqsOf(run.spool.read([3, 1]))).toEqual([1, 3]);
});

test("two readers at the same time do not disturb each other", async () => {
  const run = await backlog(40);
  const [odd, even] = [upTo(40).filter((seq) => seq % 2 === 1), upTo(40).filter((seq) => seq % 2 === 0)];

  expect(await Promise.all([seqsOf(run.spool.read(odd)), seqsOf(run.spool.read(even))])).toEqual([odd, even]);
  expect(await seqsOf(run.spool.read(upTo(40)))).toEqual(upTo(40));
});

test("what is written after a segment was read to its end is found as well", async () => {
  const run = await backlog(3);
  expect(await seqsOf(run.spool.read([1, 2, 3]))).toEqual([1, 2, 3]);
  run.append("later", ["a shared prompt ".repeat(20)]);
  run.append("much later", ["another prompt > a shared prompt"]);
  await run.commit();

  const entries = await entriesOf(run.spool.read([4, 5]));
  expect(entries.map(({ seq, isWhole }) => [seq, isWhole])).toEqual([
    [4, true],
    [5, true],
  ]);
});

test("a record still in memory comes with its blobs and those that they name", async () => {
  const run = await new SpoolRun().opened();
  run.append("held", ["a > b > c"]);
  const [entry] = await entriesOf(run.spool.read([1]));

  const texts: string[] = [];
  for (let blob = entry?.blobs[0]; blob !== undefined; blob = blob.blobs[0])
    texts.push(Buffer.from(blob.bytes).toString());
  expect(texts).toEqual(["a > b > c", "b > c", "c"]);
});

test("no file stays open for a reader that does not come back", async () => {
  const run = await backlog(3);
  const before = run.disk.openFiles;
  await seqsOf(run.spool.read([1, 2]));
  expect(run.disk.openFiles).toBe(before + 1);
  await run.clock.advance(1_500);
  expect(run.disk.openFiles).toBe(before);
});

test("a chain of 20,000 blobs is written, read and read back without recursion", async () => {
  const run = await new SpoolRun().opened();
  let blob: SpoolBlob = { byteLength: 1, bytes: () => Buffer.from("0"), blobs: [] };
  for (let count = 1; count < 20_000; count += 1) {
    blob = { byteLength: 5, bytes: () => Buffer.from(String(count)), blobs: [blob] };
  }
  run.spool.append({ head: Buffer.from("long"), blobs: [blob] });
  expect((await entriesOf(run.spool.read([1]))).map(({ isWhole }) => isWhole)).toEqual([true]);
  await run.commit();
  expect((await entriesOf(run.spool.read([1]))).map(({ isWhole }) => isWhole)).toEqual([true]);
});

/** The segments that were opened for reading, by their ordinals. */
function openings(run: SpoolRun): number[] {
  const opened: number[] = [];
  run.disk.onCall = ({ name, path }) => {
    if (name === "open" && path.endsWith(".seg")) opened.push(Number.parseInt(path.slice(-12, -4), 10));
    return undefined;
  };
  return opened;
}

test("pieces go on in the segment that is open: each is opened once, and again only for what lies before", async () => {
  const run = await backlog(12, 6_000);
  const opened = openings(run);
  const reads = countReads(run);
  for (let first = 1; first <= 12; first += 2) {
    expect(await seqsOf(run.spool.read([first + 1, first, first]))).toEqual([first, first + 1]);
  }
  const segments = run.disk.files().filter((path) => path.endsWith(".seg"));
  expect(segments.length).toBeGreaterThan(3);
  expect(opened).toEqual(segments.map((path) => Number.parseInt(path.slice(-12, -4), 10)));
  expect(reads.bytes).toBeLessThan(1.2 * run.spool.bytes + 64 * 1024);
  opened.length = 0;
  expect(await seqsOf(run.spool.read([1]))).toEqual([1]);
  expect(await seqsOf(run.spool.read([2]))).toEqual([2]);
  expect(opened).toEqual([1]);
  expect(await seqsOf(run.spool.read([2]))).toEqual([2]);
  expect(opened, "it was passed").toEqual([1, 1]);
});

test("what is in memory, on disk, asked for twice or unknown comes in order, once, or not", async () => {
  const run = await backlog(4, 4_500);
  for (const text of ["fifth", "sixth"]) run.append(text);
  expect(await seqsOf(run.spool.read([99, 6, 1, 4, 2, 5, 3, 3, 6]))).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await seqsOf(run.spool.read([99]))).toEqual([]);
  expect(await seqsOf(run.spool.read([]))).toEqual([]);
});

test("what can't be opened now does not come, and later it comes", async () => {
  const run = await backlog(3);
  const before = run.disk.openFiles;
  run.disk.onCall = ({ name }) => (name === "open" ? { code: "EMFILE" } : undefined);
  expect(await seqsOf(run.spool.read([1]))).toEqual([]);
  run.disk.onCall = () => undefined;
  run.disk.onRead = () => "EIO";
  expect(await seqsOf(run.spool.read([1, 2]))).toEqual([]);
  run.disk.onRead = () => undefined;
  expect(await seqsOf(run.spool.read([1, 2, 3]))).toEqual([1, 2, 3]);
  await run.clock.advance(1_500);
  expect(run.disk.openFiles).toBe(before);
});

test("of readers that overlap one file stays open, for a second, and keeps no process alive", async () => {
  const run = await backlog(9, 6_000);
  const before = run.disk.openFiles;
  const alive = run.clock.aliveTimers;
  const [first, second] = [run.spool.read([1, 2]), run.spool.read([1, 7])];
  await first.next();
  await second.next();
  expect(run.disk.openFiles).toBe(before + 2);
  expect(await seqsOf(first)).toEqual([2]);
  expect(await seqsOf(second)).toEqual([7]);
  expect(run.disk.openFiles).toBe(before + 1);
  expect(run.clock.aliveTimers).toBe(alive);
  await run.clock.advance(999);
  expect(run.disk.openFiles).toBe(before + 1);
  await run.clock.advance(1);
  expect(run.disk.openFiles).toBe(before);
});

test("a record that was carried over comes from where it lies now, before and behind where a reader stands", async () => {
  const run = await new SpoolRun({ segmentBytes: 2_000 }).opened();
  run.append("long open");
  for (let count = 0; count < 20; count += 1) {
    const seq = run.append("x".repeat(500));
    await run.commit();
    for (const lane of count < 16 ? ["sgp", "otlp"] : []) run.settle(lane, seq);
    await run.commit();
  }
  const left = upTo(21, 18);
  expect((await seqsOf(run.spool.read([1, ...left]))).sort((a, b) => a - b)).toEqual([1, ...left]);
  expect(await seqsOf(run.spool.read([1]))).toEqual([1]);
  expect(await seqsOf(run.spool.read(left))).toEqual(left);
  expect(await seqsOf(run.spool.read([1]))).toEqual([1]);
});
