/**
 * A process that ends, by itself or by `exit`, decides of the traces that are held: what is kept can still be sent, or
 * gets to the spool. One listener for all tracers, and none while nothing is held.
 */
import { canTellBeforeExit, nothingLingers, somethingLingers } from "../delivery/before-exit.ts";

const deciding = new Set<() => void>();

const onExit = (): void => {
  for (const decide of [...deciding]) decide();
};

/** `decide` is called when the process ends, until `noLongerAtEnd(decide)`. */
export function decideAtEnd(decide: () => void): void {
  if (!canTellBeforeExit) return;
  // Before the spool's own listener, which writes what was offered until then.
  if (deciding.size === 0) process.prependListener("exit", onExit);
  deciding.add(decide);
  somethingLingers(decide);
}

export function noLongerAtEnd(decide: () => void): void {
  nothingLingers(decide);
  if (deciding.delete(decide) && deciding.size === 0) process.removeListener("exit", onExit);
}
