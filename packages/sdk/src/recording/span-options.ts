import type { SpanType } from "@everspan/protocol";

/** An instant: a Date, milliseconds since the epoch, or RFC 3339 text. */
export type TimeInput = Date | number | string;

export interface SpanOptions {
  /** An id of your own, for example to make a replay idempotent. Default: a fresh UUID. */
  readonly id?: string;
  /** Default: the active span when it belongs to this trace. `null` makes a root. */
  readonly parentId?: string | null;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly data?: Record<string, unknown>;
  readonly taskId?: string;
  /** Default `STANDALONE`. */
  readonly type?: SpanType;
  /** Default: now. */
  readonly startTime?: TimeInput;
}
