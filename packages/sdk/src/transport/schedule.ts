/** Runs `callback` once after `delayMs`; the returned function takes it back. A test passes its own. */
export type Schedule = (delayMs: number, callback: () => void) => () => void;

/** Timers that never keep the process alive: the socket that they watch does, while something is under way. */
export const scheduleUnref: Schedule = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
