import { ManualClock } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { SpoolBlob } from "../format/entries.ts";
import { itemBytes } from "../format/items.ts";
import { WaitingEntries } from "./waiting-entries.ts";
import { Watchdog } from "./watchdog.ts";

const blob = (bytes: number, ...blobs: SpoolBlob[]): SpoolBlob => ({
  byteLength: bytes,
  bytes: () => Buffer.alloc(bytes),
  blobs,
});

const entry = (seq: number, headBytes: number, ...blobs: SpoolBlob[]) => ({
  seq,
  head: Buffer.alloc(headBytes),
  blobs,
  lanes: 1,
});

const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);

describe("entries that wait", () => {
  test("cost their head, their names and the blobs that neither wait nor lie in the segment", () => {
    const [leaf, written] = [blob(100), blob(1_000)];
    const middle = blob(50, leaf, written);
    const waiting = new WaitingEntries((one) => one === written);
    expect(waiting.costOf(entry(1, 10))).toEqual({ bytes: itemBytes(0, 10), newBlobs: [] });
    const cost = waiting.costOf(entry(1, 10, middle, written));
    expect(cost).toEqual({
      bytes: itemBytes(2, 10) + itemBytes(0, 100) + itemBytes(2, 50),
      newBlobs: [leaf, middle],
    });
    waiting.push(entry(1, 10, middle, written), cost);
    expect(waiting.costOf(entry(2, 10, middle, leaf)).bytes).toBe(itemBytes(2, 10));
    waiting.push(entry(2, 10, middle));
    expect(waiting.bytes).toBe(cost.bytes + itemBytes(1, 10));
  });

  test("are taken in their order, up to a limit and one at least", () => {
    const waiting = new WaitingEntries(() => false);
    expect([waiting.isEmpty, waiting.bytes, waiting.firstSeq, waiting.take(10, 1_000)]).toEqual([
      true,
      0,
      undefined,
      [],
    ]);
    for (let seq = 1; seq <= 5; seq += 1) waiting.push(entry(seq, 95));
    expect([waiting.bytes, waiting.firstSeq, waiting.isEmpty]).toEqual([500, 1, false]);
    expect(seqs(waiting.take(1, 1_000))).toEqual([1]);
    expect(seqs(waiting.take(101, 1_000))).toEqual([2, 3]);
    expect([waiting.bytes, waiting.firstSeq]).toEqual([200, 4]);
    expect(seqs(waiting.take(100, 1_000))).toEqual([4]);
    expect(seqs(waiting.all)).toEqual([5]);
    expect(seqs(waiting.take(Number.POSITIVE_INFINITY, 1_000))).toEqual([5]);
    expect([waiting.isEmpty, waiting.bytes]).toEqual([true, 0]);
  });

  test("have their blobs to pay again once none waits", () => {
    const shared = blob(100);
    const waiting = new WaitingEntries(() => false);
    waiting.push(entry(1, 1, shared));
    waiting.push(entry(2, 1, shared));
    waiting.take(1, 1_000);
    expect(waiting.costOf(entry(3, 1, shared)).newBlobs).toEqual([]);
    waiting.take(1, 1_000);
    expect(waiting.costOf(entry(3, 1, shared)).newBlobs).toEqual([shared]);
  });

  test("that are put back are the first again, and pay for their blobs", () => {
    const shared = blob(100);
    const waiting = new WaitingEntries(() => false);
    for (let seq = 1; seq <= 3; seq += 1) waiting.push(entry(seq, 10, shared));
    const before = waiting.bytes;
    const taken = waiting.take(130, 1_000);
    expect(seqs(taken)).toEqual([1, 2]);
    waiting.putBack(taken);
    expect(seqs(waiting.all)).toEqual([1, 2, 3]);
    expect(waiting.bytes).toBe(before);
  });
});

describe("a watched call", () => {
  const watched = () => {
    const clock = new ManualClock();
    const watchdog = new Watchdog(clock, 1_000);
    let answer = (_: string) => {};
    let fail = (_: Error) => {};
    const running = new Promise<string>((resolve, reject) => {
      answer = resolve;
      fail = reject;
    });
    const end = watchdog.watch(running).then(
      (result) => result,
      (error) => error,
    );
    return { clock, watchdog, end, answer, fail };
  };

  test("that answers in time is as if nobody watched", async () => {
    const { clock, watchdog, end, answer } = watched();
    await clock.advance(999);
    answer("done");
    expect(await end).toBe("done");
    await clock.advance(1_000);
    expect([watchdog.isCallOverdue, clock.timerCount]).toEqual([false, 0]);
  });

  test("that fails in time is as if nobody watched", async () => {
    const { clock, watchdog, end, fail } = watched();
    fail(new Error("its own"));
    expect(await end).toMatchObject({ message: "its own" });
    await clock.advance(1_000);
    expect([watchdog.isCallOverdue, clock.timerCount]).toEqual([false, 0]);
  });

  test.each(["answers", "fails"])("that %s late hangs until then", async (how) => {
    const { clock, watchdog, end, answer, fail } = watched();
    await clock.advance(1_000);
    expect(await end).toMatchObject({ code: "HUNG", message: expect.stringContaining("1000 ms") });
    expect(watchdog.isCallOverdue).toBe(true);
    const other = watchdog.watch(new Promise(() => {})).catch(() => undefined);
    await clock.advance(1_000);
    await other;
    if (how === "answers") answer("late");
    else fail(new Error("late"));
    await clock.settle();
    // The other is still out.
    expect(watchdog.isCallOverdue).toBe(true);
  });

  test("does not keep the process alive, and the last to answer ends the hanging", async () => {
    const { clock, watchdog, answer } = watched();
    expect(clock.aliveTimers).toBe(0);
    await clock.advance(1_000);
    answer("late");
    await clock.settle();
    expect(watchdog.isCallOverdue).toBe(false);
  });
});
