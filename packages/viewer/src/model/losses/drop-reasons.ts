/** Why the SDK dropped a record, for people. */

const WORDS: Readonly<Record<string, string>> = {
  queue_full: "when the queue held as many as it may",
  queue_full_bytes: "when the queue held as much as it may",
  oversize: "larger than the back end takes",
  capture_failed: "that could not be captured",
  hook_failed: "by a processor that failed",
  sampled: "by a processor's choice",
  delivery_timeout: "that could not be delivered in time",
  rejected: "that the back end refused",
  spool_full: "when the spool was full",
  spool_io: "when the spool's disk failed",
  evicted: "to make room in the spool",
  corrupt: "that were damaged on disk",
  shutdown: "recorded after the shutdown",
  shutdown_timeout: "still pending at the end of the shutdown",
  crash: "in a crash",
  disabled: "since the exporter is disabled",
};

/** An unknown reason (a newer SDK) keeps its name. */
export function dropReasonWords(reason: string): string {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason]! : reason.replaceAll("_", " ");
}
