/**
 * What the SDK itself has computed on this thread, in milliseconds, for all tracers together: bodies are built by
 * exporters, which tracers may share. Added to by who works, read by who looks at the share of it.
 */
export const ownTime = {
  /** Captures, processors, and the way into the queue. */
  recordingMs: 0,
  /** Delivery: its decisions, the making of snapshots, their redaction and encoding, and the handing over to sockets and disk. */
  backgroundMs: 0,
};
