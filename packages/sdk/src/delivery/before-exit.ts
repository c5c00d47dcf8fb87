/**
 * Records that only wait for company don't keep a process alive: when it has nothing else to do, they are sent without
 * waiting longer. One listener for all pipelines, and none while nothing lingers.
 */
const lingering = new Set<() => void>();

/** What one of them offers may begin to linger only then. */
const onBeforeExit = (): void => {
  for (const send of lingering) send();
};

/** Whether the runtime says when a process has nothing left to do. */
export const canTellBeforeExit = typeof globalThis.process?.on === "function";

/** `send` is called before the process ends by itself, until `nothingLingers(send)`. */
export function somethingLingers(send: () => void): void {
  if (lingering.size === 0) process.on("beforeExit", onBeforeExit);
  lingering.add(send);
}

export function nothingLingers(send: () => void): void {
  if (lingering.delete(send) && lingering.size === 0) process.removeListener("beforeExit", onBeforeExit);
}
