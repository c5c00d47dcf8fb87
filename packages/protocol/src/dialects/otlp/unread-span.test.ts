import { describe, expect, test } from "vitest";
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

describe("what is no attribute", () => {
  const read = (fields: object, changes: Partial<SpanSnapshot> = {}) => {
    const seen: Parameters<NormalizeSpan>[0][] = [];
    const result = readUnreadSpan({ ...unread(fields), ...changes }, (span) => {
      seen.push(span);
      return { data: {} };
    });
    return { result, seen: seen[0] };
  };

  test("is given to who reads the attributes, as OTLP gives it", () => {
    const { seen } = read({
      kind: "SERVER",
      status: { code: "OK", message: "m" },
      scope: { name: "lib", version: "1", schemaUrl: "u", other: 1 },
      resource: { a: 1 },
      events: [{ name: "e", time: "at", attributes: { b: 1 } }, {}],
      links: [{ traceId: "t", spanId: "s", attributes: { c: 1 } }],
      dropped: { events: 2 },
      traceState: "a=1",
    });
    expect(seen).toStrictEqual({
      traceId: "task-1",
      spanId: "an id",
      traceState: "a=1",
      name: "chat",
      kind: "SERVER",
      startTime: snapshot.startTime,
      endTime: snapshot.endTime,
      status: { code: "OK", message: "m" },
      attributes: {},
      events: [
        { name: "e", time: "at", attributes: { b: 1 } },
        { name: "", time: null, attributes: {} },
      ],
      links: [{ traceId: "t", spanId: "s", attributes: { c: 1 } }],
      dropped: { events: 2 },
      scope: { name: "lib", version: "1", schemaUrl: "u" },
      resource: { attributes: { a: 1 } },
      mistakes: [],
    });
  });

  test("is left out where it is nothing", () => {
    const { endTime: _end, ...started } = snapshot;
    const { seen, result } = read({}, { phase: "started" });
    expect(seen).toMatchObject({
      kind: "UNSPECIFIED",
      status: { code: "UNSET" },
      scope: { name: "" },
      events: [],
      links: [],
    });
    for (const name of ["traceState", "dropped"]) expect(seen).not.toHaveProperty(name);
    expect(seen?.status).not.toHaveProperty("message");
    expect(result).toStrictEqual({ ...started, phase: "started", endTime: snapshot.endTime, data: { __otel__: {} } });
    const { endTime: _, ...open } = unread({});
    expect(readUnreadSpan({ ...open, phase: "started" }, normalize)).not.toHaveProperty("endTime");
  });

  test("a name that its conventions give stands, and the sender's own stays else", () => {
    expect(readUnreadSpan(unread({}), () => ({ data: {}, name: "given" })).name).toBe("given");
    expect(readUnreadSpan({ ...unread({}), name: "half\ud800" }, () => ({ data: {} })).name).toBe("half\ud800");
  });

  test("what the attributes say of output and error stands before the sender's own", () => {
    const said = { data: {}, output: 0, error: { type: "E", message: "m" } };
    const sent = { ...unread({}), output: 1, error: { type: "S", message: "s" }, parentId: "p" };
    expect(readUnreadSpan(sent, () => said)).toMatchObject({ output: 0, error: said.error, parentId: "p" });
    expect(readUnreadSpan(sent, () => ({ data: {} }))).toMatchObject({ output: 1, error: sent.error });
  });
});
