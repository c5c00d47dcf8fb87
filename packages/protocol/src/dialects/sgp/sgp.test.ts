import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DecodedSpan } from "../../decoding/decoded-span.ts";
import { plainSnapshot, spanSnapshot } from "../../testing/arbitraries.ts";
import { fromSgpItem, toSgpItem } from "./sgp.ts";

const item = {
  id: "span-1",
  trace_id: "trace-1",
  name: "search",
  start_timestamp: "2026-01-31T12:00:00Z",
};

function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function refusalOf(decoded: DecodedSpan): [status: number, message: string] | "accepted" {
  return decoded.ok ? "accepted" : [decoded.status, decoded.message];
}

function snapshotOf(decoded: DecodedSpan) {
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.snapshot;
}

describe("an item of ours", () => {
  test("gives back exactly the snapshot it was made of", () => {
    fc.assert(
      fc.property(spanSnapshot, (snapshot) => {
        expect(fromSgpItem(overTheWire(toSgpItem(snapshot)))).toEqual({ ok: true, snapshot });
      }),
      { numRuns: 300 },
    );
  });

  test("has objects only where the platform takes objects only", () => {
    fc.assert(
      fc.property(spanSnapshot, (snapshot) => {
        const { input, output, metadata } = toSgpItem(snapshot);
        for (const payload of [input, output, metadata]) {
          expect(payload === undefined || (typeof payload === "object" && !Array.isArray(payload))).toBe(true);
        }
      }),
    );
  });

  test("keeps falsy payloads, which are not the same as none", () => {
    for (const payload of [0, "", false, null, [], {}]) {
      const decoded = snapshotOf(fromSgpItem(overTheWire(toSgpItem(plainSnapshot({ input: payload })))));
      expect(decoded.input).toStrictEqual(payload);
    }
    expect(snapshotOf(fromSgpItem(overTheWire(toSgpItem(plainSnapshot()))))).not.toHaveProperty("input");
  });

  test("passes payloads by reference", () => {
    const input = { prompt: "p" };
    const list = [1, 2];
    const encoded = toSgpItem(plainSnapshot({ input, output: list }));
    expect(encoded.input).toBe(input);
    expect((encoded.output as { value: unknown }).value).toBe(list);
  });

  test("says its own service and revision, whatever was encoded before it", () => {
    const service = { name: "s", version: "1" };
    const markerOf = (fields: Parameters<typeof plainSnapshot>[0]) =>
      toSgpItem(plainSnapshot(fields)).metadata.__everspan__;
    expect(markerOf({ service, revision: 1 })).toMatchObject({ revision: 1, service: { name: "s", version: "1" } });
    service.version = "2";
    expect(markerOf({ service, revision: 1 })).toMatchObject({ revision: 1, service: { name: "s", version: "2" } });
    expect(markerOf({ service, revision: 7 })).toMatchObject({ revision: 7, service: { name: "s", version: "2" } });
    expect(markerOf({ revision: 7 })).not.toHaveProperty("service");
    expect(toSgpItem(plainSnapshot({ service: { ...service, agentName: "a" } })).metadata).toMatchObject({
      __agent_name__: "a",
    });
  });

  test("tells other servers of an error the way the platform does", () => {
    const failed = plainSnapshot({ status: "ERROR", error: { type: "TypeError", message: "no", stack: "at x" } });
    const { status, metadata } = toSgpItem(failed);
    expect(status).toBe("ERROR");
    expect(metadata).toMatchObject({ error: true, error_type: "TypeError", error_message: "no" });
  });

  test("names its agent by Agentex's reserved keys", () => {
    const service = { name: "s", agentName: "a", agentId: "i", acpType: "async" };
    expect(toSgpItem(plainSnapshot({ service })).metadata).toMatchObject({
      __source__: "agentex",
      __agent_name__: "a",
      __agent_id__: "i",
      __acp_type__: "async",
    });
  });

  test("carries the task as group_id unless the platform would refuse it", () => {
    expect(toSgpItem(plainSnapshot({ taskId: "task" })).group_id).toBe("task");
    expect(toSgpItem(plainSnapshot({ taskId: "ü".repeat(129) }))).not.toHaveProperty("group_id");
  });
});

describe("a third party's item", () => {
  test("is running until it has an end", () => {
    expect(snapshotOf(fromSgpItem(item))).toEqual({
      phase: "started",
      revision: 0,
      traceId: "trace-1",
      id: "span-1",
      name: "search",
      type: "STANDALONE",
      status: "OK",
      startTime: "2026-01-31T12:00:00.000000Z",
    });
    expect(snapshotOf(fromSgpItem({ ...item, end_timestamp: item.start_timestamp }))).toMatchObject({
      phase: "ended",
      revision: 1,
    });
  });

  test("gets an id when it has none, and its nulls are absences", () => {
    const decoded = snapshotOf(fromSgpItem({ ...item, id: null, parent_id: null, input: null, end_timestamp: null }));
    expect(decoded.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(decoded).not.toHaveProperty("parentId");
    expect(decoded).not.toHaveProperty("input");
  });

  test("may fake the marker without harm", () => {
    for (const marker of [
      1,
      null,
      { v: 1 },
      { v: 1, revision: -1, added: [] },
      { v: 1, revision: 1, added: [1] },
      { v: 2 },
    ]) {
      const decoded = snapshotOf(fromSgpItem({ ...item, metadata: { __everspan__: marker } }));
      expect(decoded.revision).toBe(0);
      expect(decoded.data).toEqual({ __everspan__: marker });
    }
  });

  test("has NUL replaced by U+FFFD outside its ids", () => {
    const decoded = snapshotOf(fromSgpItem({ ...item, name: "a\0b", input: { "k\0": ["\0"] } }));
    expect(decoded).toMatchObject({ name: "a\ufffdb", input: { "k\ufffd": ["\ufffd"] } });
  });

  test("keeps the fields that only this platform has", () => {
    const fields = { expected: { answer: 4 }, application_variant_id: "v" };
    const decoded = snapshotOf(fromSgpItem({ ...item, metadata: { a: 1 }, ...fields }));
    expect(decoded.data).toEqual({ a: 1, __sgp__: fields });
    expect(toSgpItem(decoded)).toMatchObject(fields);
  });

  test("selects its type and its error by Agentex's keys", () => {
    const metadata = { __span_type__: "COMPLETION", __error__: { type: "E", message: "m" } };
    const decoded = snapshotOf(fromSgpItem({ ...item, status: "ERROR", metadata }));
    expect(decoded).toMatchObject({
      type: "COMPLETION",
      status: "ERROR",
      error: { type: "E", message: "m" },
      data: metadata,
    });
  });
});

describe("an item of a third party that says more or less", () => {
  const read = (changes: object) => snapshotOf(fromSgpItem({ ...item, ...changes }));

  test("has its error under the platform's names before Agentex's", () => {
    const nested = { type: "N", message: "n" };
    const metadata = { error: true, error_type: "T", error_message: "m", __error__: nested };
    expect(read({ metadata })).toMatchObject({ status: "ERROR", error: { type: "T", message: "m" } });
    expect(read({ metadata: { error_type: "T" } })).toMatchObject({ status: "OK", error: { type: "T", message: "" } });
    expect(read({ metadata: { error_message: "m" } })).toMatchObject({ error: { type: "Error", message: "m" } });
    expect(read({ metadata: { error: "true", __error__: "no" } })).toMatchObject({ status: "OK" });
    expect(read({ metadata: { error: "true", __error__: "no" } })).not.toHaveProperty("error");
  });

  test("has the status that it states, whatever its metadata say", () => {
    expect(read({ status: "SUCCESS", metadata: { error: true } }).status).toBe("OK");
    expect(read({ status: "CANCELED" }).status).toBe("CANCELED");
    expect(read({ status: null, metadata: { error: true } }).status).toBe("ERROR");
  });

  test("has the type that it states, and one that its metadata select only when that is one", () => {
    expect(read({ type: "GUARDRAIL", metadata: { __span_type__: "COMPLETION" } }).type).toBe("GUARDRAIL");
    expect(read({ type: null, metadata: { __span_type__: "LLM" } }).type).toBe("STANDALONE");
  });

  const obsTraceId = "0123456789abcdef0123456789abcdef";

  test("has OpenTelemetry's span, and a trace alone among its data", () => {
    expect(read({ obs_trace_id: obsTraceId, obs_span_id: "00f067aa0ba902b7" })).toMatchObject({
      obs: { traceId: obsTraceId, spanId: "00f067aa0ba902b7" },
    });
    const alone = read({ obs_trace_id: obsTraceId, metadata: { a: 1 } });
    expect(alone).not.toHaveProperty("obs");
    expect(alone.data).toEqual({ a: 1, "obs.trace_id": obsTraceId });
    expect(read({ obs_trace_id: obsTraceId, obs_span_id: "00f067aa0ba902b7" })).not.toHaveProperty("data");
    expect(refusalOf(fromSgpItem({ ...item, obs_trace_id: "x" }))[0]).toBe(422);
    expect(refusalOf(fromSgpItem({ ...item, obs_trace_id: 5 }))[0]).toBe(422);
  });

  test("keeps each of the platform's own fields alone, where it is one", () => {
    expect(read({ application_interaction_id: "i" }).data).toEqual({ __sgp__: { application_interaction_id: "i" } });
    expect(read({ application_interaction_id: 5, expected: null })).not.toHaveProperty("data");
    expect(read({ group_id: "g" }).taskId).toBe("g");
  });

  test("what is no field of the platform's does not go out as one", () => {
    const fieldsOf = (kept: unknown) => {
      const { expected, application_interaction_id, application_variant_id } = toSgpItem(
        plainSnapshot({ data: { __sgp__: kept } }),
      );
      return { expected, application_interaction_id, application_variant_id };
    };
    expect(fieldsOf({ expected: { a: 1 }, application_interaction_id: "i", application_variant_id: "v" })).toEqual({
      expected: { a: 1 },
      application_interaction_id: "i",
      application_variant_id: "v",
    });
    expect(fieldsOf({ expected: [], application_interaction_id: 5 })).toEqual({});
    expect(fieldsOf("x")).toEqual({});
  });
});

describe("NUL in an item of ours", () => {
  test("is the application's own and stays", () => {
    const snapshot = plainSnapshot({ name: "a\0", input: { "k\0": "\0" } });
    expect(fromSgpItem(overTheWire(toSgpItem(snapshot)))).toEqual({ ok: true, snapshot });
  });
});

test.each([
  ["ASCII", "x".repeat(256), true],
  ["one more", "x".repeat(257), false],
  ["two bytes each", "ü".repeat(128), true],
  ["an empty one", "", false],
])("a task goes as group_id when the platform takes it, and in the marker else: %s", (_what, taskId, hasGroup) => {
  const sent = toSgpItem(plainSnapshot({ taskId }));
  expect(sent.group_id).toBe(hasGroup ? taskId : undefined);
  expect(snapshotOf(fromSgpItem(overTheWire(sent))).taskId).toBe(taskId);
});

describe("the API's refusals", () => {
  test.each<[why: string, item: unknown, status: number, field: string]>([
    ["no object", [], 422, "a span must be an object"],
    ["no name", { ...item, name: undefined }, 422, "name"],
    ["a name that is a number", { ...item, name: 1 }, 422, "name"],
    ["no trace", { ...item, trace_id: undefined }, 422, "trace_id"],
    ["no start", { ...item, start_timestamp: undefined }, 422, "start_timestamp"],
    ["a start that is no instant", { ...item, start_timestamp: "yesterday" }, 422, "start_timestamp"],
    ["an end before the start", { ...item, end_timestamp: "2026-01-31T11:59:59.999999Z" }, 422, "end_timestamp"],
    ["an input that is a list", { ...item, input: [] }, 422, "input"],
    ["an output that is a text", { ...item, output: "x" }, 422, "output"],
    ["metadata that is a number", { ...item, metadata: 0 }, 422, "metadata"],
    ["an unknown status", { ...item, status: "OK" }, 422, "status"],
    ["a status of the prototype", { ...item, status: "toString" }, 422, "status"],
    ["an unknown type", { ...item, type: "LLM" }, 422, "type"],
    ["an id over 256 characters", { ...item, id: "x".repeat(257) }, 422, "id"],
    ["an id over 256 bytes", { ...item, id: "ü".repeat(129) }, 400, "id"],
    ["a NUL in an id", { ...item, id: "a\0" }, 400, "id"],
    ["a NUL in a group", { ...item, group_id: "\0" }, 400, "group_id"],
    ["half a surrogate pair in a parent", { ...item, parent_id: "\ud800" }, 400, "parent_id"],
    ["an obs span without its trace", { ...item, obs_span_id: "00f067aa0ba902b7" }, 422, "obs_trace_id"],
  ])("%s is refused with the status the API gives", (_why, hostile, status, field) => {
    const [actual, message] = refusalOf(fromSgpItem(hostile));
    expect(actual).toBe(status);
    expect(message).toContain(field);
  });

  test("a payload too deep to walk is refused, not walked", () => {
    const deep = JSON.parse(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`) as unknown;
    expect(refusalOf(fromSgpItem({ ...item, input: deep }))).toEqual([
      422,
      "input is nested too deeply: more than 128 containers",
    ]);
  });
});

test("what is not there is not there at all: no field of an item or of its snapshot is undefined", () => {
  const sent = toSgpItem(plainSnapshot({ data: { a: 1 } }));
  expect(sent).toStrictEqual({
    id: plainSnapshot().id,
    trace_id: plainSnapshot().traceId,
    name: "search",
    type: "CODE_EXECUTION",
    status: "SUCCESS",
    start_timestamp: plainSnapshot().startTime,
    end_timestamp: plainSnapshot().endTime,
    metadata: { a: 1, __everspan__: { v: 1, revision: 1, added: ["__everspan__"] } },
  });
  const failed = toSgpItem(plainSnapshot({ status: "ERROR" }));
  expect(failed.metadata).toStrictEqual({
    error: true,
    __everspan__: { v: 1, revision: 1, added: ["error", "__everspan__"], noData: true },
  });
  const odd = toSgpItem(plainSnapshot({ error: { type: "E", message: "m" }, input: 1, output: 2, taskId: "" }));
  expect(odd.metadata).toStrictEqual({
    error: true,
    error_type: "E",
    error_message: "m",
    __everspan__: {
      v: 1,
      revision: 1,
      added: ["error", "error_type", "error_message", "__everspan__"],
      noData: true,
      wrapped: ["input", "output"],
      taskId: "",
    },
  });
  expect(toSgpItem(plainSnapshot({ output: 2 })).metadata).toMatchObject({ __everspan__: { wrapped: ["output"] } });
});
