/** The worker threads of this process, as far as this thread started them. */
import { isMainThread, threadId, type Worker } from "node:worker_threads";

/** Undefined for the main thread, which lives as long as the process. */
export const ownThreadId: number | undefined = isMainThread ? undefined : threadId;

const ended = new Set<number>();
const listeners = new Set<() => void>();
let isWatching = false;

/** Calls the listener after a worker that was started from now on has ended, terminated or not. */
export function onThreadEnd(listener: () => void): { readonly noLonger: () => void } {
  if (!isWatching) {
    isWatching = true;
    process.on("worker", watch);
  }
  listeners.add(listener);
  return { noLonger: () => listeners.delete(listener) };
}

/** True only for threads of this process that this thread started and saw end. */
export function hasThreadEnded(id: number): boolean {
  return ended.has(id);
}

function watch(worker: Worker): void {
  // Its number is gone once it has ended.
  const id = worker.threadId;
  worker.once("exit", () => {
    ended.add(id);
    for (const listener of [...listeners]) listener();
  });
}
