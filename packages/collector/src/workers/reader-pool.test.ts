import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PeerGoneError } from "./peer.ts";
import { ReaderPool } from "./reader-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A reader whose answers the test gives. */
class Reader {
  isReady = true;
  readonly killed: string[] = [];
  readonly asked: { answer: (value: string) => void; fail: (error: Error) => void }[] = [];

  kill(why: string): void {
    this.isReady = false;
    this.killed.push(why);
    for (const { fail } of this.asked.splice(0)) fail(new PeerGoneError("the process ended"));
  }

  ask(): Promise<string> {
    return new Promise((answer, fail) => this.asked.push({ answer, fail }));
  }
}

function poolOf(readers: readonly Reader[], maxWaiting = 100): ReaderPool {
  return new ReaderPool(readers as unknown as WorkerProcess[], { deadlineMs: 1000, maxWaiting });
}

const ask = (pool: ReaderPool, isOnItsWay?: () => boolean) =>
  pool.ask((reader) => (reader as unknown as Reader).ask(), isOnItsWay);

test("the reader of a question that is late is ended, and what else it had is asked again", async () => {
  const [slow, quick] = [new Reader(), new Reader()];
  const pool = poolOf([slow, quick]);
  const late = ask(pool).catch((error: unknown) => error);
  const other = ask(pool);
  quick.asked.shift()!.answer("first");
  await other;
  vi.advanceTimersByTime(500);
  const [third, innocent] = [ask(pool), ask(pool)];
  quick.asked.shift()!.answer("third");
  await third;
  vi.advanceTimersByTime(500);
  expect(await late).toMatchObject({ status: 503, code: "BUSY" });
  expect(slow.killed).toEqual(["a question took longer than 1000 ms"]);
  await vi.waitFor(() => expect(quick.asked).toHaveLength(1));
  quick.asked.shift()!.answer("innocent");
  expect(await innocent).toBe("innocent");
});

test("while the rest of a question is on its way its time does not run, and its reader has others", async () => {
  const reader = new Reader();
  const pool = poolOf([reader]);
  let isOnItsWay = true;
  const dripping = [1, 2, 3].map(() => ask(pool, () => isOnItsWay));
  const other = ask(pool);
  expect(reader.asked).toHaveLength(4);
  vi.advanceTimersByTime(900);
  reader.asked[3]!.answer("other");
  expect(await other).toBe("other");
  vi.advanceTimersByTime(2000);
  expect(reader.killed).toEqual([]);
  isOnItsWay = false;
  for (const { answer } of reader.asked) answer("done");
  expect(await Promise.all(dripping)).toEqual(["done", "done", "done"]);
});

test("what is asked while no reader is there waits, but not more than may, and not beyond the end", async () => {
  const reader = new Reader();
  reader.isReady = false;
  const pool = poolOf([reader], 2);
  const waiting = [ask(pool), ask(pool)];
  await expect(ask(pool)).rejects.toMatchObject({ code: "BUSY" });
  reader.isReady = true;
  pool.share();
  reader.asked.shift()!.answer("a");
  expect(await waiting[0]).toBe("a");
  reader.asked.shift()!.answer("b");
  await waiting[1];
  reader.isReady = false;
  const last = ask(pool);
  pool.close();
  await expect(last).rejects.toMatchObject({ code: "STOPPING" });
});

test("a question whose readers end again and again is refused after three tries", async () => {
  const reader = new Reader();
  const pool = poolOf([reader]);
  const asked = ask(pool).catch((error: unknown) => error);
  for (let tries = 0; tries < 3; tries++) {
    reader.asked.shift()!.fail(new PeerGoneError("the process ended"));
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(await asked).toMatchObject({ code: "BUSY", message: expect.stringContaining("again and again") as string });
});
