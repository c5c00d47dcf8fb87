import fc from "fast-check";
import { expect, test } from "vitest";
import { validateSnapshot } from "./snapshot-validation.ts";
import { jsonObject, jsonValue, plainSnapshot, spanSnapshot } from "./testing/arbitraries.ts";

test("every valid snapshot is taken as it is", () => {
  fc.assert(
    fc.property(spanSnapshot, (snapshot) => {
      expect(validateSnapshot(snapshot)).toEqual({ ok: true, snapshot });
    }),
  );
});

test("no value makes it throw", () => {
  const almostASpan = fc.record({ ...plainFields(), input: jsonValue }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.oneof(jsonValue, almostASpan), (value) => {
      expect(validateSnapshot(value).ok).toBeTypeOf("boolean");
    }),
    { numRuns: 300 },
  );
});

function plainFields() {
  const fields = Object.entries(plainSnapshot());
  return Object.fromEntries(fields.map(([name, value]) => [name, fc.oneof(fc.constant(value), jsonValue, jsonObject)]));
}

test.each<[why: string, changes: Record<string, unknown>, message: string]>([
  ["a phase that is none", { phase: "open" }, "phase must be started or ended"],
  ["an end without endTime", { endTime: undefined }, "endTime must be there"],
  ["a start with endTime", { phase: "started" }, "endTime must be there"],
  ["a revision that is a fraction", { revision: 1.5 }, "revision must be an integer"],
  ["a revision beyond exactness", { revision: 2 ** 52 }, "revision must be an integer"],
  ["an unknown type", { type: "LLM" }, "type must be one of"],
  ["an unknown status", { status: "SUCCESS" }, "status must be one of"],
  ["an end before the start", { endTime: "2020-01-01T00:00:00Z" }, "endTime must not precede startTime"],
  ["an empty id", { id: "" }, "id must not be empty"],
  ["data that is a list", { data: [] }, "data must be an object, got an array"],
  ["an error without a message", { error: { type: "E" } }, "error.message must be a string, got nothing"],
  ["a service version that is a number", { service: { version: 1 } }, "service.version must be a string, got a number"],
  ["an error that is a text", { error: "no" }, "error must be an object, got a string"],
  ["an error without a type", { error: { message: "m" } }, "error.type must be a string, got nothing"],
  [
    "an error whose stack is a number",
    { error: { type: "E", message: "m", stack: 1 } },
    "error.stack must be a string",
  ],
  ["a service that is a text", { service: "s" }, "service must be an object, got a string"],
  ["no start", { startTime: undefined }, "startTime must be a string, got nothing"],
  ["an end that is none", { endTime: "x" }, "endTime must be an RFC 3339 instant"],
  ["no trace", { traceId: undefined }, "traceId must be a string, got nothing"],
  ["a parent that is empty", { parentId: "" }, "parentId must not be empty"],
  ["a task that is a number", { taskId: 1 }, "taskId must be a string, got a number"],
  ["no name", { name: null }, "name must be a string, got null"],
  ["obs that is no hex", { obs: { traceId: "x", spanId: "y" } }, "obs must hold"],
])("%s is refused in words", (_why, changes, message) => {
  const validated = validateSnapshot({ ...plainSnapshot(), ...changes });
  expect(validated).toMatchObject({ ok: false, status: 422, message: expect.stringContaining(message) as string });
});

test("fields that are null are absent, and fields that nobody knows are left out", () => {
  const absent = { parentId: null, taskId: null, error: null, data: null, service: null, obs: null, unknown: 1 };
  expect(validateSnapshot({ ...plainSnapshot(), ...absent })).toStrictEqual({ ok: true, snapshot: plainSnapshot() });
  const service = { name: "s", version: null, unknown: 1 };
  expect(validateSnapshot({ ...plainSnapshot(), service })).toStrictEqual({
    ok: true,
    snapshot: plainSnapshot({ service: { name: "s" } }),
  });
});
