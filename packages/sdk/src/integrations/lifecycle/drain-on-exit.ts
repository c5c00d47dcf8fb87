import { type DrainableTracer, pendingRecords } from "./drainable.ts";

export type { DrainableTracer } from "./drainable.ts";

export interface DrainOnExitOptions {
  /** Signals that drain before they take effect. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
  /** How long a signal waits for the spans, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number;
  /** How long a process that is done waits for them, in milliseconds. Default 2 000. */
  readonly exitFlushMs?: number;
}

/**
 * Delivers what is pending before the process ends: on a signal and when the event loop is empty.
 *
 * - A signal is raised again after the drain, so that the process dies of it as it would have; a second one ends the
 *   drain at once. Where the application handles the signal itself, its handler decides how the process ends.
 * - The exit code stays what it was. Errors and rejections are left alone: they are not listened to.
 * - `process.exit()`, an uncaught exception and SIGKILL leave no time to send anything; see `docs/guarantees.md`.
 *
 * @returns a function that takes the listeners off again
 */
export function drainOnExit(tracer: DrainableTracer, options: DrainOnExitOptions = {}): () => void {
  const { signals = ["SIGTERM", "SIGINT"], timeoutMs = 5_000, exitFlushMs = 2_000 } = options;
  const undo: (() => void)[] = signals.map((signal) => drainOnSignal(tracer, signal, timeoutMs));
  undo.push(drainWhenIdle(tracer, exitFlushMs));
  return () => {
    for (const step of undo) step();
  };
}

function drainOnSignal(tracer: DrainableTracer, signal: NodeJS.Signals, timeoutMs: number): () => void {
  let isDraining = false;
  const raise = () => {
    process.removeListener(signal, onSignal);
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const onSignal = () => {
    if (isDraining) {
      raise();
      return;
    }
    isDraining = true;
    void tracer.shutdown({ timeoutMs }).then(raise);
  };
  process.on(signal, onSignal);
  return () => process.removeListener(signal, onSignal);
}

/** `beforeExit` comes again after every piece of work it caused: what could not be delivered is not tried for ever. */
function drainWhenIdle(tracer: DrainableTracer, exitFlushMs: number): () => void {
  let hasGivenUp = false;
  const onBeforeExit = () => {
    if (hasGivenUp || pendingRecords(tracer) === 0) return;
    void tracer.flush({ timeoutMs: exitFlushMs }).then(({ timedOut }) => {
      hasGivenUp = timedOut;
    });
  };
  process.on("beforeExit", onBeforeExit);
  return () => process.removeListener("beforeExit", onBeforeExit);
}
