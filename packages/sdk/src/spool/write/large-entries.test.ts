/** What a record of many megabytes brings along comes ahead of it, a little at a time. */
import { checkEveryCrash, recover, SpoolRun } from "@everspan/testkit";
import { describe, expect, test } from "vitest";

const BLOBS = Array.from({ length: 50 }, (_, i) => `blob ${i} ${"x".repeat(90)}`);
const CHAIN = Array.from({ length: 30 }, (_, i) => `link ${29 - i} ${"y".repeat(40)}`).join(" > ");

/** The sizes of what one commit wrote. */
async function written(run: SpoolRun): Promise<number[]> {
  const sizes: number[] = [];
  const write = run.disk.offLoop.write.bind(run.disk.offLoop);
  Object.assign(run.disk.offLoop, {
    write: (...[fd, bytes, position]: Parameters<typeof write>) => {
      sizes.push(bytes.byteLength);
      return write(fd, bytes, position);
    },
  });
  await run.commit();
  return sizes;
}

describe("a record that brings more than a turn's bytes", () => {
  test.each([
    ["many blobs", BLOBS],
    ["blobs that name each other", [CHAIN]],
  ])("is written in several groups, and comes back whole: %s", async (_, blobs) => {
    const run = await new SpoolRun({ aheadBytes: 500, durability: "process" }).opened();
    run.append("before");
    run.append("large", blobs);
    run.append("after", [BLOBS[0]!]);
    const sizes = await written(run);

    expect(sizes.length).toBeGreaterThan(6);
    // What is left at last comes with the record, and its neighbour.
    expect(Math.max(...sizes)).toBeLessThan(3 * 500 + (blobs === BLOBS ? 0 : CHAIN.length));
    expect(run.spool.watermarks.spooled).toBe(3);
    const { entries } = await recover(run.disk, "process", 2);
    expect(entries.map(({ head, isWhole }) => [Buffer.from(head).toString(), isWhole])).toEqual([
      ["before", true],
      ["large", true],
      ["after", true],
    ]);
  });

  test("lies in one segment with its blobs, however small segments are", async () => {
    const run = await new SpoolRun({ aheadBytes: 500, segmentBytes: 600 }).opened();
    run.append("large", BLOBS);
    await run.commit();
    run.append("after");
    await run.commit();

    expect(run.spool.watermarks.synced).toBe(2);
    expect(run.disk.files().filter((path) => path.endsWith(".seg"))).toHaveLength(2);
  });

  test("counts once for what the disk holds, while its blobs are ahead of it", async () => {
    const run = await new SpoolRun({ aheadBytes: 500 }).opened();
    run.append("large", BLOBS);
    const promised = run.spool.bytes;
    const most: number[] = [];
    run.disk.onCall = () => void most.push(run.spool.bytes);
    await run.commit();

    expect(most.length).toBeGreaterThan(6);
    expect(Math.max(...most)).toBeLessThan(promised * 1.2);
  });

  test("is written whole by a flush that comes between its blobs", async () => {
    const run = await new SpoolRun({ aheadBytes: 500, durability: "process" }).opened();
    run.append("large", BLOBS);
    let isFlushed: boolean | undefined;
    let writes = 0;
    run.disk.onCall = ({ name }) => {
      if (name !== "write") return undefined;
      writes += 1;
      if (writes === 6) isFlushed = run.spool.flushSync();
      return undefined;
    };
    await run.commit();

    expect(isFlushed).toBe(true);
    const { entries } = await recover(run.disk, "process", 2);
    expect(entries.map(({ head, isWhole }) => [Buffer.from(head).toString(), isWhole])).toEqual([["large", true]]);
  });

  test("is lost by no crash once it was called synced, and half of it is nothing", async () => {
    const run = await new SpoolRun({ aheadBytes: 1_500 }).opened();
    run.append("small", ["a > b"]);
    run.append("large", BLOBS);
    await run.commit();
    const { images } = await checkEveryCrash(run, 3);
    expect(images).toBeGreaterThan(50);
  });
});
