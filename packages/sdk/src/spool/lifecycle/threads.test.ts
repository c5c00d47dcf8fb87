import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { hasThreadEnded, onThreadEnd, ownThreadId } from "./threads.ts";

/** A worker that waits to be told to end. */
const waiting = () =>
  new Worker('require("node:worker_threads").parentPort.once("message", () => process.exit())', { eval: true });

async function end(worker: Worker): Promise<void> {
  const exit = once(worker, "exit");
  worker.postMessage("end");
  await exit;
}

test("whoever listens is told when a worker that was started since has ended, and it is known as ended", async () => {
  const told: string[] = [];
  const listeners = ["a", "b"].map((who) => onThreadEnd(() => told.push(who)));
  const workers = [waiting(), waiting()] as const;
  const [first, second] = workers.map(({ threadId }) => threadId) as [number, number];
  expect([hasThreadEnded(first), hasThreadEnded(second)]).toEqual([false, false]);
  await end(workers[0]);
  expect(told).toEqual(["a", "b"]);
  expect([hasThreadEnded(first), hasThreadEnded(second)]).toEqual([true, false]);
  listeners[0]!.noLonger();
  await end(workers[1]);
  expect(told).toEqual(["a", "b", "b"]);
  expect(hasThreadEnded(second)).toBe(true);
  listeners[1]!.noLonger();
  expect(process.listenerCount("worker")).toBe(1);
});

test("the number of a thread is its own, and the main thread has none", async () => {
  const { isMainThread, threadId } = await import("node:worker_threads");
  expect(ownThreadId).toBe(isMainThread ? undefined : threadId);
});
