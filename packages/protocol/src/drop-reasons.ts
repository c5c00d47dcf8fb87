/** Why the SDK lost a record: a closed union, so that nothing can be lost without a name. Adding one is a reviewed change. */
export const DROP_REASONS = [
  "queue_full",
  "queue_full_bytes",
  "oversize",
  "hook_failed",
  "sampled",
  "delivery_timeout",
  "rejected",
  "spool_full",
  "spool_io",
  "corrupt",
  "shutdown",
  "shutdown_timeout",
  "crash",
  "disabled",
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** A reason for people. */
export interface DropReasonText {
  /** One sentence for the reference. */
  readonly means: string;
  /** Completes "3 records were dropped, …" in the viewer. */
  readonly words: string;
  /** What a person does about it. */
  readonly remedy: string;
}

export const DROP_REASON_TEXTS: Readonly<Record<DropReason, DropReasonText>> = {
  queue_full: {
    means: "The queue held `maxRecords`.",
    words: "because the queue was full",
    remedy: "Raise `queue.maxRecords`, add a `spool`, or sample. It means the back end is slower than the program.",
  },
  queue_full_bytes: {
    means: "The queue held `maxBytes`.",
    words: "because the queue held as many bytes as it may",
    remedy: "Raise `queue.maxBytes`, add a `spool`, or record smaller payloads.",
  },
  oversize: {
    means: "Larger than the back end takes, even without its payload.",
    words: "larger than the back end takes",
    remedy: "Record less in one span: the back end refuses it even without its payloads.",
  },
  hook_failed: {
    means: "A processor threw or answered neither a snapshot nor null.",
    words: "by a processor that failed",
    remedy: "Mend the processor; its error is logged once a minute.",
  },
  sampled: {
    means: "A processor answered null, or `tailSampling` left the trace out.",
    words: "by a processor's or a sampler's choice",
    remedy: "Nothing: it was asked for.",
  },
  delivery_timeout: {
    means: "Tried for `deliveryTimeoutMs`.",
    words: "that could not be delivered in time",
    remedy: "Raise `delivery.deliveryTimeoutMs`, add a `spool`, or look at `lastError` of the lane.",
  },
  rejected: {
    means: "The back end refused this very record.",
    words: "that the back end refused",
    remedy: "Read `lastError`: the back end says what it does not accept in this record.",
  },
  spool_full: {
    means: "The queue was full, and so was the spool.",
    words: "when the spool was full",
    remedy: "Raise `spool.maxBytes`, or find out why the back end takes less than the program makes.",
  },
  spool_io: {
    means: "It lay on disk alone, and its file was removed or can't be read any more.",
    words: "when the spool's disk failed",
    remedy: "Look at the disk: its error is in the log.",
  },
  corrupt: {
    means: "A dead process had written it, and its bytes are damaged.",
    words: "that were damaged on disk",
    remedy: "Look at the disk: bytes of the spool were damaged.",
  },
  shutdown: {
    means: "Recorded after `shutdown()`.",
    words: "recorded after the shutdown",
    remedy: "End spans before `shutdown()` is called.",
  },
  shutdown_timeout: {
    means: "Still pending when `shutdown()` ran out of time.",
    words: "still pending at the end of the shutdown",
    remedy: "Give `shutdown({ timeoutMs })` more time, or add a `spool`: it keeps what is left for the next start.",
  },
  crash: {
    means: "A process died before the record had reached the disk.",
    words: "in a crash",
    remedy: "Nothing: the process died before the record was on disk. `durability` says how much is at stake.",
  },
  disabled: {
    means: "The exporter is disabled, for example for want of an API key.",
    words: "since the exporter is disabled",
    remedy: "Give the exporter what it lacks, for example an API key; the log says what.",
  },
};

/** The words of a reason; an unknown one (a newer SDK) keeps its name. */
export function dropReasonWords(reason: string): string {
  return Object.hasOwn(DROP_REASON_TEXTS, reason)
    ? DROP_REASON_TEXTS[reason as DropReason].words
    : reason.replaceAll("_", " ");
}
