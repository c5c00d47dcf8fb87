import { SpanRecord, type SpanRecordFields } from "../span-record.ts";

/** An ended span without payloads, but for what is given. */
export function plainRecord(fields: Partial<SpanRecordFields> = {}): SpanRecord {
  return new SpanRecord({
    phase: "ended",
    revision: 2,
    traceId: "t",
    id: "s",
    parentId: undefined,
    taskId: undefined,
    name: "span",
    type: "STANDALONE",
    startMicros: 0,
    endMicros: 1,
    status: "OK",
    error: undefined,
    input: undefined,
    output: undefined,
    data: undefined,
    service: undefined,
    obs: undefined,
    ...fields,
  });
}
