/** Who listens to a signal besides us: they decide how the process ends. */

/** One for all copies of the SDK in the process: another copy's listener is not the application's. */
const OURS = Symbol.for("everspan.lifecycle.signalListeners");
/** `signal-exit` 4 and 3, which many packages bring: it stands back for whoever else listens, and so must not count. */
const SIGNAL_EXIT = Symbol.for("signal-exit emitter");
const SIGNAL_EXIT_3 = "__signal_exit_emitter__";

type Listener = () => void;

/**
 * Listens before all who listen so far: a `once` of the application is still there when it is asked for others. The
 * returned function takes the listener off.
 */
export function listenFirst(signal: NodeJS.Signals, listener: Listener): () => void {
  ours().add(listener);
  process.prependListener(signal, listener);
  return () => {
    ours().delete(listener);
    process.removeListener(signal, listener);
  };
}

/** True when code that is not ours listens, and does not only stand by. */
export function othersListen(signal: NodeJS.Signals): boolean {
  const others = process.listeners(signal).filter((listener) => !ours().has(listener as Listener));
  return others.length > standingBy();
}

/** True while a listener of ours is left, of whichever tracer. */
export function oursListen(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).some((listener) => ours().has(listener as Listener));
}

function ours(): Set<Listener> {
  const registry = globalThis as { [OURS]?: Set<Listener> };
  registry[OURS] ??= new Set();
  return registry[OURS];
}

function standingBy(): number {
  const places = [
    (globalThis as Record<symbol, unknown>)[SIGNAL_EXIT],
    (process as unknown as Record<string, unknown>)[SIGNAL_EXIT_3],
  ];
  return places.reduce<number>((sum, emitter) => {
    const count = (emitter as { count?: unknown } | undefined)?.count;
    return typeof count === "number" ? sum + count : sum;
  }, 0);
}
