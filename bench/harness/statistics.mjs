/** Several rounds of one cell become one: medians, with the least and the most beside. */

/** What is kept of a cell's rounds: a name, and how to read it off one. */
const FIGURES = {
  startEndP50: ({ startEndMicros }) => startEndMicros.p50,
  startEndP99: ({ startEndMicros }) => startEndMicros.p99,
  startEndMean: ({ startEndMicros }) => startEndMicros.mean,
  cpuMicros: ({ cpuMicrosPerSpan }) => cpuMicrosPerSpan,
  loopP99: ({ loopDelayMs }) => loopDelayMs.p99,
  loopMax: ({ loopDelayMs }) => loopDelayMs.max,
  lateP99: ({ lateMs }) => lateMs.p99,
  peakMiB: ({ peakResidentMiB }) => peakResidentMiB,
  wireBytes: ({ wireBytesPerSpan }) => wireBytesPerSpan,
  requests: ({ requests }) => requests,
  sockets: ({ connections }) => connections,
  /** Where something was lost, all was never there. */
  deliveredMs: ({ deliveredMs, lost }) => (lost > 0 ? undefined : deliveredMs),
  lost: ({ lost }) => lost,
  cut: ({ cut }) => cut,
  repeated: ({ repeated }) => repeated,
  ownAccount: ({ lostByOwnAccount }) => lostByOwnAccount,
  importMs: ({ importMs }) => importMs,
};

/** @returns for each figure `{ median, min, max }` over the rounds that have it, or undefined */
export function summarise(rounds) {
  return Object.fromEntries(Object.entries(FIGURES).map(([name, read]) => [name, spread(rounds.map(read))]));
}

function spread(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  // Of an even number the mean of the middle two: the lower one alone would flatter.
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return { median: (low + high) / 2, min: sorted[0], max: sorted.at(-1) };
}
