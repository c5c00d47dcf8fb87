import type { SpanSnapshot } from "@everspan/protocol";

/** What reading needs of a span, stored or on its way. */
export type ReadableSpan = Pick<SpanSnapshot, "name" | "type"> &
  Partial<Pick<SpanSnapshot, "input" | "output" | "data" | "error" | "status" | "taskId" | "startTime" | "service">>;
