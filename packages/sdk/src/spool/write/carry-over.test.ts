import { processTable, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { type OrphanEntry, Spool, type SpoolOptions } from "../index.ts";

/** Records that outlive everything around them must not keep all of it on disk. */

const LANES = ["sgp", "otlp"];
const SEGMENT_BYTES = 2_000;

function segmentsOf(run: SpoolRun): string[] {
  return run.disk.files().filter((path) => path.endsWith(".seg"));
}

/** One record that nobody settles, then enough settled ones to fill so many segments. */
async function longOpen(segments: number, options: Partial<SpoolOptions> = {}): Promise<SpoolRun> {
  const run = await new SpoolRun({ segmentBytes: SEGMENT_BYTES, ...options }).opened();
  run.append("long open", ["its input > a shared prompt"]);
  await pass(run, segments);
  return run;
}

async function pass(run: SpoolRun, segments: number): Promise<void> {
  for (let count = 0; count < segments * 4; count += 1) {
    const seq = run.append("x".repeat(SEGMENT_BYTES / 4), ["a shared prompt"]);
    await run.commit();
    for (const lane of LANES) run.settle(lane, seq);
    await run.commit();
  }
}

async function entriesOf<Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

async function recovered(run: SpoolRun): Promise<OrphanEntry[]> {
  const spool = Spool.open({
    directory: SPOOL_DIRECTORY,
    lanes: LANES,
    fs: run.disk.imageAt(run.disk.log.length),
    clock: run.clock,
    processes: processTable(2, () => [2]),
  });
  const { orphans } = await spool.adopt();
  const entries: OrphanEntry[] = [];
  for (const orphan of orphans) {
    entries.push(...(await entriesOf(orphan.read())));
    for (const { corrupt, crash } of orphan.report!.lanes) expect({ corrupt, crash }).toEqual({ corrupt: 0, crash: 0 });
  }
  return entries;
}

describe("a record that stays open for hours", () => {
  test("moves on with the segments, and the old ones go", async () => {
    const run = await longOpen(10);

    expect(segmentsOf(run).length).toBeLessThanOrEqual(3);
    expect(segmentsOf(run).some((path) => path.endsWith("00000001.seg"))).toBe(false);
    expect(run.spool.bytes).toBeLessThan(3 * SEGMENT_BYTES);
  });

  test("keeps its number and its blobs, for this process and for the next", async () => {
    const run = await longOpen(10);
    const wanted = { seq: 1, isWhole: true, blobs: [{ blobs: [{ isWhole: true }] }] };

    expect(await entriesOf(run.spool.read([1]))).toMatchObject([wanted]);
    const entries = await recovered(run);
    expect(entries).toMatchObject([{ ...wanted, lanes: LANES }]);
    expect(Buffer.from(entries[0]!.head).toString()).toBe("long open");
  });

  test("comes back in the lanes that still need it, though another was done before it moved", async () => {
    const run = await new SpoolRun({ segmentBytes: SEGMENT_BYTES }).opened();
    run.append("long open");
    run.settle("sgp", 1);
    await pass(run, 5);

    expect((await recovered(run)).map(({ lanes }) => lanes)).toEqual([["otlp"]]);
  });

  test("lets its new segment go when it is settled at last", async () => {
    const run = await longOpen(10);
    for (const lane of LANES) run.settle(lane, 1);
    await pass(run, 1);
    await run.spool.close();

    expect(segmentsOf(run)).toEqual([]);
  });

  test("stays where it is while its owner says that it may not come after newer ones", async () => {
    const run = await longOpen(5, { mayCarry: (seq) => seq !== 1 });

    expect(segmentsOf(run).some((path) => path.endsWith("00000001.seg"))).toBe(true);
    expect((await recovered(run)).map(({ seq }) => seq)).toEqual([1]);
  });

  test("stays where it is when it is most of its segment: the copy would free nothing", async () => {
    const run = await new SpoolRun({ segmentBytes: SEGMENT_BYTES }).opened();
    run.append("long open", ["y".repeat(SEGMENT_BYTES)]);
    await pass(run, 5);

    expect(segmentsOf(run).some((path) => path.endsWith("00000001.seg"))).toBe(true);
    const atFirst = run.spool.bytes;
    await pass(run, 5);
    expect(run.spool.bytes).toBeLessThan(atFirst + SEGMENT_BYTES);
  });

  test("is not copied again and again when there is no room for anything else in a segment", async () => {
    const run = await new SpoolRun({ segmentBytes: 100 }).opened();
    for (let count = 1; count <= 20; count += 1) {
      run.append(`long open ${count}`);
      await run.commit();
    }
    for (let seq = 2; seq <= 20; seq += 2) for (const lane of LANES) run.settle(lane, seq);
    await run.commit();

    const written = run.disk.log.length;
    await run.commit();
    expect(run.disk.log.length).toBe(written);
    expect((await recovered(run)).map(({ seq }) => seq)).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  });

  test("survives that the write of its copy fails", async () => {
    const run = await new SpoolRun({ segmentBytes: SEGMENT_BYTES }).opened();
    run.append("long open");
    await pass(run, 1);
    let left = 3;
    run.disk.onCall = ({ name, path }) =>
      name === "fsync" && path.endsWith(".seg") && left-- > 0 ? { code: "EIO" } : undefined;
    await pass(run, 3);
    await run.clock.advance(65_000);
    await pass(run, 3);

    expect((await recovered(run)).map(({ seq }) => seq)).toContain(1);
    expect(run.spool.state).toBe("disk");
  });

  test("is told as lost, once, when the files vanish that hold its copy", async () => {
    const run = await longOpen(5);
    run.append("in an open segment");
    await run.commit();
    for (const path of run.disk.files().filter((path) => path.includes("/i-"))) run.disk.sync.unlink(path);
    await run.clock.advance(11_000);

    expect(run.changes.flatMap(({ lost }) => lost)).toContainEqual({ first: 1, last: 1 });
  });
});
