import type { Clock } from "./clock.ts";

/**
 * The promise's value, or undefined once the time is up; rejects as the promise does until then. The process stays
 * alive meanwhile. What the promise does afterwards is ignored.
 */
export async function deadline<T>(clock: Clock, promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let cancel = () => {};
  const timeUp = new Promise<undefined>((resolve) => {
    cancel = clock.schedule(() => resolve(undefined), timeoutMs, true);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    cancel();
  }
}
