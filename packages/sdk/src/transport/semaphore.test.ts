import { expect, test } from "vitest";
import { Semaphore } from "./semaphore.ts";

/** What of the promises is settled by now, and as what. */
async function settled(...promises: Promise<boolean>[]): Promise<(boolean | undefined)[]> {
  const states: (boolean | undefined)[] = promises.map(() => undefined);
  promises.forEach((promise, index) => {
    void promise.then((admitted) => (states[index] = admitted));
  });
  await new Promise((resolve) => setImmediate(resolve));
  return states;
}

test("so many are let in, and the others in their order, one for each that leaves", async () => {
  const semaphore = new Semaphore(2);
  const asked = [1, 2, 3, 4].map(() => semaphore.acquire());
  expect(await settled(...asked)).toEqual([true, true, undefined, undefined]);
  semaphore.release();
  expect(await settled(...asked)).toEqual([true, true, true, undefined]);
  semaphore.release();
  expect(await settled(...asked)).toEqual([true, true, true, true]);
  semaphore.release();
  semaphore.release();
  const again = [1, 2, 3].map(() => semaphore.acquire());
  expect(await settled(...again)).toEqual([true, true, undefined]);
});

test("at least one is let in", async () => {
  const semaphore = new Semaphore(0);
  expect(await settled(semaphore.acquire(), semaphore.acquire())).toEqual([true, undefined]);
});

test("who is aborted leaves, and takes nobody's place", async () => {
  const semaphore = new Semaphore(1);
  const aborted = AbortSignal.abort();
  expect(await semaphore.acquire(aborted)).toBe(false);
  const held = semaphore.acquire();
  const leaving = new AbortController();
  const staying = new AbortController();
  const asked = [semaphore.acquire(leaving.signal), semaphore.acquire(staying.signal)];
  leaving.abort();
  expect(await settled(held, ...asked)).toEqual([true, false, undefined]);
  semaphore.release();
  expect(await settled(...asked)).toEqual([false, true]);
  // An abort that comes after it was let in changes nothing.
  staying.abort();
  semaphore.release();
  expect(await settled(semaphore.acquire(), semaphore.acquire())).toEqual([true, undefined]);
});
