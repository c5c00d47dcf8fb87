import type { SpanSnapshot } from "@everspan/protocol";

/**
 * Changes or refuses a snapshot before it is queued: redact, enrich, sample. Synchronous, no I/O, on the
 * application's path. Answers the snapshot (or a changed copy; it is frozen), or null to drop the record as `sampled`.
 * Identity (`traceId`, `id`, `phase`, `revision`, `startTime`) can't be changed. One that throws or answers anything
 * else loses that record only, counted as `hook_failed`.
 */
export type SpanProcessor = (snapshot: SpanSnapshot) => SpanSnapshot | null;
