import { type DrainableTracer, pendingRecords } from "./drainable.ts";
import { listenFirst, othersListen, oursListen } from "./signal-listeners.ts";

export type { DrainableTracer } from "./drainable.ts";

export interface DrainOnExitOptions {
  /** Signals that are watched. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** How long a signal waits for the spans, in milliseconds. Default 5 000. */
  readonly timeoutMs?: number | undefined;
  /** How long a process that is done waits for them, in milliseconds. Default 2 000. */
  readonly exitFlushMs?: number | undefined;
}

/**
 * Delivers what is pending before the process ends: on a signal and when the event loop is empty.
 *
 * - Where nobody else handles the signal, the tracer is shut down and the signal is raised again, so that the process
 *   dies of it as it would have; a second signal ends the wait immediately.
 * - Where the application handles the signal, its handler decides how and when the process ends. What is pending is
 *   flushed meanwhile and spans go on being recorded: requests that are still served are traced to their end. A second
 *   signal shuts the tracer down. The signal is never raised.
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
  let signals = 0;
  const raise = () => {
    stop();
    // Another tracer of ours that still drains raises it, or the application has begun to listen meanwhile.
    if (!oursListen(signal) && !othersListen(signal)) process.kill(process.pid, signal);
  };
  const stop = listenFirst(signal, () => {
    signals += 1;
    if (othersListen(signal)) {
      void (signals === 1 ? tracer.flush({ timeoutMs }) : tracer.shutdown({ timeoutMs }));
    } else if (signals === 1) {
      void tracer.shutdown({ timeoutMs }).then(raise);
    } else {
      raise();
    }
  });
  return stop;
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
