import type { SpanType } from "@everspan/protocol";

/** An instant: a Date, milliseconds since the epoch, or RFC 3339 text. */
export type TimeInput = Date | number | string;

export interface SpanOptions {
  /** An id of your own, for example to make a replay idempotent. Unique within the trace. Default: a fresh UUID. */
  readonly id?: string | undefined;
  /** Default: the active span when it belongs to this trace. `null` makes a root. */
  readonly parentId?: string | null | undefined;
  /** What the work was given; any value. Captured when the span starts. */
  readonly input?: unknown;
  /** What came of it, where that is known already; it can be assigned until the end. */
  readonly output?: unknown;
  /** An object; its own enumerable properties are kept. */
  readonly data?: object | undefined;
  /** The task that the span belongs to. Default: its trace's. */
  readonly taskId?: string | undefined;
  /** Default `STANDALONE`. */
  readonly type?: SpanType | undefined;
  /** Default: now. */
  readonly startTime?: TimeInput | undefined;
}

const FIELDS = ["id", "parentId", "input", "output", "data", "taskId", "type", "startTime"] as const;

/** The options whose getters do not throw. */
export function readableOptions(options: SpanOptions): SpanOptions {
  const readable: Record<string, unknown> = {};
  for (const field of FIELDS) {
    try {
      readable[field] = options[field];
    } catch {
      // An option that can't be read is not given.
    }
  }
  return readable;
}
