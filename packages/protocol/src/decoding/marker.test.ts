import { describe, expect, test } from "vitest";
import { plainSnapshot } from "../testing/arbitraries.ts";
import {
  isObs,
  isRevision,
  packMetadata,
  packPlainMetadata,
  readMarker,
  type SpanMarker,
  textOf,
  unpackData,
  unpackService,
  unwrapPayload,
} from "./marker.ts";

const marker = (changes: Record<string, unknown> = {}) => ({ v: 1, revision: 2, added: ["a"], ...changes });
const HEX = "0123456789abcdef";

describe("a marker is read", () => {
  test.each<[what: string, changes: Record<string, unknown>]>([
    ["as it is", {}],
    ["with nothing added", { added: [] }],
    ["with what it shadows", { shadowed: { a: 1 } }],
    ["with what is wrapped", { wrapped: ["input"] }],
    ["OK", { status: "OK" }],
    ["ERROR", { status: "ERROR" }],
    ["CANCELED", { status: "CANCELED" }],
    ["with a task", { taskId: "t" }],
    ["with a service", { service: { name: "s" } }],
    ["with a stack", { stack: "s" }],
    ["with ids of OpenTelemetry", { obs: { traceId: HEX + HEX, spanId: HEX } }],
    ["with fields of a later version", { later: 1 }],
    ["with the first revision", { revision: 0 }],
    ["with the last revision", { revision: 2 ** 52 - 1 }],
  ])("%s", (_what, changes) => {
    const value = marker(changes);
    expect(readMarker({ __everspan__: value })).toBe(value);
  });

  test.each<[what: string, changes: Record<string, unknown>]>([
    ["of another version", { v: 2 }],
    ["without a revision", { revision: undefined }],
    ["with a revision below 0", { revision: -1 }],
    ["with half a revision", { revision: 0.5 }],
    ["with too high a revision", { revision: 2 ** 52 }],
    ["without what was added", { added: undefined }],
    ["with an object of what was added", { added: {} }],
    ["with a number that was added", { added: ["a", 1] }],
    ["with a list of what it shadows", { shadowed: [] }],
    ["with a text of what is wrapped", { wrapped: "input" }],
    ["with another status", { status: "SUCCESS" }],
    ["with a task that is a number", { taskId: 1 }],
    ["with a service that is a text", { service: "s" }],
    ["with a service whose name is a number", { service: { name: 1 } }],
    ["with a stack that is a list", { stack: [] }],
    ["with ids that are none", { obs: { traceId: "x", spanId: "y" } }],
    ["with ids and a number", { obs: { traceId: HEX + HEX, spanId: HEX, flags: 1 } }],
  ])("not: it is somebody else's data %s", (_what, changes) => {
    expect(readMarker({ __everspan__: marker(changes) })).toBeUndefined();
  });

  test.each([undefined, null, 1, "x", []])("not: it is %j", (value) => {
    expect(readMarker({ __everspan__: value })).toBeUndefined();
  });

  test("not: it is inherited", () => {
    expect(readMarker(Object.create({ __everspan__: marker() }) as Record<string, unknown>)).toBeUndefined();
    expect(readMarker({})).toBeUndefined();
  });
});

test.each([
  [HEX + HEX, HEX, true],
  [`${HEX}${HEX}0`, HEX, false],
  [`x${HEX}${HEX}`, HEX, false],
  [HEX, HEX, false],
  [(HEX + HEX).toUpperCase(), HEX, false],
  [HEX + HEX, `${HEX}0`, false],
  [HEX + HEX, `x${HEX}`, false],
  [HEX + HEX, undefined, false],
])("of OpenTelemetry's ids %s and %s it is %s that they are ids", (traceId, spanId, isOne) => {
  expect(isObs({ traceId, spanId })).toBe(isOne);
});

test("a revision is a whole number that phase and revision together fit a double with", () => {
  expect([0, 2 ** 52 - 1].every(isRevision)).toBe(true);
  expect([-1, 1.5, 2 ** 52, "1", null, Number.NaN].some(isRevision)).toBe(false);
});

test("a text is an own property that is one", () => {
  expect(textOf({ a: "b" }, "a")).toBe("b");
  expect(textOf({ a: 1 }, "a")).toBeUndefined();
  expect(textOf(Object.create({ a: "b" }) as Record<string, unknown>, "a")).toBeUndefined();
});

describe("metadata", () => {
  const read = (metadata: Readonly<Record<string, unknown>>) => readMarker(metadata)!;

  test("has the application's data, the agent's keys, the dialect's and the marker", () => {
    const service = { name: "s", version: "1", agentName: "n", agentId: "i", acpType: "t" };
    const snapshot = plainSnapshot({ data: { mine: 1 }, service, error: { type: "E", message: "m", stack: "at" } });
    expect(packMetadata(snapshot, { dialect: 2 }, { wrapped: ["input"], status: "OK", taskId: "k" })).toStrictEqual({
      mine: 1,
      __source__: "agentex",
      __agent_name__: "n",
      __agent_id__: "i",
      __acp_type__: "t",
      dialect: 2,
      __everspan__: {
        v: 1,
        revision: 1,
        added: ["__source__", "__agent_name__", "__agent_id__", "__acp_type__", "dialect", "__everspan__"],
        service: { name: "s", version: "1" },
        stack: "at",
        wrapped: ["input"],
        status: "OK",
        taskId: "k",
      },
    });
  });

  test.each([
    ["a name", { agentName: "n" }, { __agent_name__: "n" }],
    ["an id", { agentId: "i" }, { __agent_id__: "i" }],
    ["a type", { acpType: "t" }, { __acp_type__: "t" }],
  ])("of an agent with %s alone says its source and that", (_what, service, keys) => {
    const { __everspan__, ...rest } = packMetadata(plainSnapshot({ service }), {}, {});
    expect(rest).toStrictEqual({ __source__: "agentex", ...keys });
    expect(unpackService({ ...rest, __everspan__ }, __everspan__ as SpanMarker)).toStrictEqual(service);
  });

  test("of no agent says nothing of one, and of no data that there was none", () => {
    expect(packMetadata(plainSnapshot({ service: { name: "s" } }), {}, {})).toStrictEqual({
      __everspan__: { v: 1, revision: 1, added: ["__everspan__"], noData: true, service: { name: "s" } },
    });
    expect(packMetadata(plainSnapshot({ data: {} }), {}, {})).toStrictEqual({
      __everspan__: { v: 1, revision: 1, added: ["__everspan__"] },
    });
  });

  test("keeps what the application itself has under a reserved name", () => {
    const data = { dialect: "mine", __everspan__: 5, other: 1, __proto__x: 2 };
    const metadata = packMetadata(plainSnapshot({ data }), { dialect: true }, {});
    expect(metadata).toMatchObject({
      dialect: true,
      other: 1,
      __everspan__: { shadowed: { dialect: "mine", __everspan__: 5 } },
    });
    expect(unpackData(metadata, read(metadata))).toStrictEqual(data);
  });

  test("without data, or with what was added alone, has the data that there was", () => {
    expect(unpackData({ a: 1 }, { v: 1, revision: 1, added: [], noData: true })).toBeUndefined();
    expect(unpackData({ a: 1, b: 2 }, { v: 1, revision: 1, added: ["a"] })).toStrictEqual({ b: 2 });
    expect(unpackData({ a: 1 }, { v: 1, revision: 1, added: ["a"], shadowed: {} })).toStrictEqual({});
    const hostile = JSON.parse('{"__proto__":{"x":1}}') as Record<string, unknown>;
    expect(Object.keys(unpackData(hostile, { v: 1, revision: 1, added: [] })!)).toEqual(["__proto__"]);
  });

  test("of a third party names its agent, and of ours only when we added the name", () => {
    const metadata = { __agent_name__: "n", __agent_id__: 5 };
    expect(unpackService(metadata, undefined)).toStrictEqual({ agentName: "n" });
    expect(unpackService(metadata, { v: 1, revision: 1, added: [] })).toBeUndefined();
    expect(unpackService({}, { v: 1, revision: 1, added: [], service: {} })).toStrictEqual({});
    expect(unpackService({}, undefined)).toBeUndefined();
  });
});

describe("the metadata of a span that has nothing to say", () => {
  const service = { name: "s" };

  test("is one object for the spans of one process, phase and revision", () => {
    const first = packPlainMetadata(plainSnapshot({ service }));
    expect(packPlainMetadata(plainSnapshot({ service: { ...service }, id: "another" }))).toBe(first);
    const started = packPlainMetadata(plainSnapshot({ service, phase: "started", revision: 0 }));
    expect(started).toMatchObject({ __everspan__: { revision: 0 } });
    // Neither takes the other's place.
    expect(packPlainMetadata(plainSnapshot({ service }))).toBe(first);
    expect(packPlainMetadata(plainSnapshot({ service, phase: "started", revision: 0 }))).toBe(started);
  });

  test.each([
    ["another name", { name: "t" }],
    ["a version", { name: "s", version: "1" }],
    ["an agent's name", { name: "s", agentName: "a" }],
    ["an agent's id", { name: "s", agentId: "a" }],
    ["an agent's type", { name: "s", acpType: "a" }],
    ["no service", undefined],
  ])("is another's for a service with %s", (_what, other) => {
    packPlainMetadata(plainSnapshot({ service }));
    const metadata = packPlainMetadata(plainSnapshot(other === undefined ? {} : { service: other }));
    expect(metadata).toStrictEqual(packMetadata(plainSnapshot(other === undefined ? {} : { service: other }), {}, {}));
    expect(packPlainMetadata(plainSnapshot({ service }))).toStrictEqual(
      packMetadata(plainSnapshot({ service }), {}, {}),
    );
  });

  test("is its own where the span has data or an error", () => {
    packPlainMetadata(plainSnapshot());
    expect(packPlainMetadata(plainSnapshot({ data: { a: 1 } }))).toMatchObject({ a: 1 });
    const error = { type: "E", message: "m", stack: "at" };
    expect(packPlainMetadata(plainSnapshot({ error }))).toMatchObject({ __everspan__: { stack: "at" } });
  });
});

test("a payload is taken out of its wrapping where the marker says that it has one", () => {
  const wrapped: SpanMarker = { v: 1, revision: 1, added: [], wrapped: ["input"] };
  expect(unwrapPayload("input", { value: 1 }, wrapped)).toBe(1);
  const payload = { value: 1 };
  expect(unwrapPayload("output", payload, wrapped)).toBe(payload);
  expect(unwrapPayload("input", payload, undefined)).toBe(payload);
  expect(unwrapPayload("input", payload, { v: 1, revision: 1, added: [] })).toBe(payload);
  expect(unwrapPayload("input", { other: 1 }, wrapped)).toEqual({ other: 1 });
  expect(unwrapPayload("input", [1], wrapped)).toEqual([1]);
});
