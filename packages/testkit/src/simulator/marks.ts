/**
 * Rare branches. A set of runs that has missed one of them proves little: 2,000 seeds must hit each. Observed from
 * outside, so that they stay true when the core is rewritten.
 */
export const MARKS = [
  "bisection reached one record",
  "an END waited behind its START",
  "a START was pruned from a batch to be retried",
  "a START gave way to an END",
  "the laggard gave way and the healthy lane did not",
  "a payload was shed",
  "a shared payload was shed for nothing",
  "an oversize record went without its payload",
  "an oversize record was lost",
  "a failure belonged to the same wave",
  "a suspect batch was split",
  "a suspect was alone",
  "paused, then well again",
  "paused for longer than the delivery timeout, then well again",
  "a zombie was applied after a newer revision",
  "a replay was applied after a newer revision",
  "a record was rejected after an attempt without an answer",
  "a timed-out attempt was delivered by another",
  "a record may have been delivered and was dropped",
  "a record was given up for its age",
  "Retry-After was longer than its clamp",
  "Retry-After was no number",
  "the process stood still during an attempt",
  "the process stood still for longer than the delivery timeout",
  "a verdict named records that were not sent",
  "several flushes waited at once",
  "a flush ran out of time",
  "a flush was cut by a shutdown",
  "a shutdown drained everything",
  "a shutdown ran out of time during an attempt",
  "a record came during a shutdown",
  "a record came after the end",
  "the queue was full of records",
  "the queue was full of bytes",
  "an updated START replaced a queued one",
  "a lane probed with one request while others waited",
] as const;

export type Mark = (typeof MARKS)[number];
