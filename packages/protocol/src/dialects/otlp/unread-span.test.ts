import { expect, test } from "vitest";
import type { SpanSnapshot } from "../../span-snapshot.ts";
import type { NormalizeSpan } from "./span-record.ts";
import { readUnreadSpan } from "./unread-span.ts";

const snapshot: SpanSnapshot = {
  phase: "ended",
  revision: 2,
  traceId: "task-1",
  id: "an id",
  parentId: "above",
  name: "chat",
  type: "STANDALONE",
  startTime: "2026-01-01T00:00:00.000000Z",
  endTime: "2026-01-01T00:00:01.000000Z",
  status: "OK",
};
const unread = (fields: object, data: object = {}): SpanSnapshot => ({
  ...snapshot,
  data: { ...data, __otel__: { unread: true, ...fields } },
});
/** Takes one attribute for the input, and says what it is. */
const normalize: NormalizeSpan = ({ attributes: { question, ...data } }) =>
  question === undefined ? { data } : { type: "COMPLETION", taskId: "session-1", input: question, data };

test("attributes are read as OTLP's are; ids, times, numbers and what stands besides stay", () => {
  const fields = {
    kind: "CLIENT",
    status: { code: "ERROR", message: "no" },
    scope: { name: "ai", version: "1" },
    resource: { "service.name": "program", "service.version": "2" },
    events: [{ name: "note", time: "2026-01-01T00:00:00.500000Z", attributes: { n: 1 } }],
    links: [{ traceId: "a".repeat(32), spanId: "b".repeat(16), attributes: {} }],
  };
  const { status: _status, ...kept } = fields;
  const sent = { ...unread(fields, { question: "why", other: 1 }), service: { name: "mine" } };
  expect(readUnreadSpan(sent, normalize)).toEqual({
    ...snapshot,
    type: "COMPLETION",
    taskId: "session-1",
    status: "ERROR",
    error: { type: "Error", message: "no" },
    service: { name: "mine", version: "2" },
    input: "why",
    data: { other: 1, __otel__: kept },
  });
});

test("what the sender says stays where the attributes say nothing, and what was read is not read again", () => {
  const sent = { ...unread({}), type: "AGENT_WORKFLOW" as const, status: "CANCELED" as const, input: 1, taskId: "t" };
  const read = readUnreadSpan(sent, normalize);
  expect(read).toMatchObject({ type: "AGENT_WORKFLOW", status: "CANCELED", input: 1, taskId: "t" });
  expect(readUnreadSpan(read, normalize)).toBe(read);
  expect(readUnreadSpan(snapshot, normalize)).toBe(snapshot);
});

test.each([
  [{ kind: 5, status: 3, scope: "x", resource: [], events: "no", links: { a: 1 }, dropped: 1, traceState: {} }],
  [{ events: [null, 1, { name: 5, time: {}, attributes: "x" }], links: [[], { traceId: null }] }],
  [{ status: { code: "??", message: 5 }, scope: { name: {}, version: [] } }],
])("fields of any other shape cost nothing but themselves: %j", (fields) => {
  const read = readUnreadSpan(unread(fields, { question: "why", "everspan.type": "COMPLETION" }), normalize);
  expect(read).toMatchObject({ traceId: "task-1", id: "an id", parentId: "above", input: "why", status: "OK" });
});
