/** Generated snapshots and payloads for the property tests of this package. Never part of what is published. */
import fc from "fast-check";
import { EVERSPAN_MARKER_KEY, SGP_ERROR_KEY, SGP_ERROR_TYPE_KEY } from "../attribute-names.ts";
import type { JsonValue } from "../payload/json-value.ts";
import type { SpanSnapshot } from "../span-snapshot.ts";
import { SPAN_TYPES } from "../span-type.ts";
import { formatTimestamp } from "../timestamp.ts";

/** Names that collide with something: prototypes, our references and their escapes, reserved keys. */
const hostileKey = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "toJSON",
  "then",
  "",
  "$blob",
  "$$blob",
  "$$$blob",
  "value",
  "0",
  "\0",
  EVERSPAN_MARKER_KEY,
  SGP_ERROR_KEY,
  SGP_ERROR_TYPE_KEY,
  "__error__",
  "__agent_name__",
  "__span_type__",
);
const key = fc.oneof(hostileKey, fc.string({ unit: "binary", maxLength: 8 }));
const hash = fc.constant("0123456789abcdef0123456789abcdef");
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  hash,
  fc.string({ unit: "binary", maxLength: 3 }).map((part) => part.repeat(120)),
);

/** JSON values as `JSON.parse` gives them, so that every round trip can be compared. */
export const jsonValue: fc.Arbitrary<JsonValue> = fc
  .letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small", withCrossShrink: true },
      fc.constantFrom<JsonValue>(null, true, false, 0, "", 1e21, 2 ** 53),
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(tie("value"), { maxLength: 6 }),
      fc.dictionary(key, tie("value"), { maxKeys: 6 }),
      fc.record({ $blob: fc.oneof(hash, tie("value")) }),
    ),
  }))
  .value.map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

export const jsonObject = fc
  .dictionary(key, jsonValue, { maxKeys: 5 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, JsonValue>);

const id = fc.oneof(fc.uuid(), fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 }));
const hex = (length: number) =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((digits) => digits.join(""));

const startMicros = fc.integer({ min: 1, max: 4_000_000_000_000_000 });

interface Drawn {
  start: number;
  duration: number | undefined;
  rest: Omit<SpanSnapshot, "phase" | "startTime" | "endTime">;
}

const drawnRest: fc.Arbitrary<Drawn["rest"]> = fc
  .record(
    {
      revision: fc.nat(9),
      traceId: id,
      id,
      parentId: id,
      taskId: fc.oneof(id, fc.constant(""), fc.constant("t".repeat(300))),
      name: fc.string({ unit: "binary", maxLength: 12 }),
      type: fc.constantFrom(...SPAN_TYPES),
      status: fc.constantFrom("OK" as const, "ERROR" as const, "CANCELED" as const),
      error: fc.record({ type: text, message: text, stack: text }, { requiredKeys: ["type", "message"] }),
      input: jsonValue,
      output: jsonValue,
      data: jsonObject,
      service: fc.record(
        { name: text, version: text, agentName: text, agentId: text, acpType: text },
        { requiredKeys: [] },
      ),
      obs: fc.record({ traceId: hex(32), spanId: hex(16) }),
    },
    { requiredKeys: ["revision", "traceId", "id", "name", "type", "status"] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as Drawn["rest"]);

/** Valid snapshots with payloads of every shape. */
export const spanSnapshot: fc.Arbitrary<SpanSnapshot> = fc
  .record({ start: startMicros, duration: fc.option(fc.nat(10_000_000), { nil: undefined }), rest: drawnRest })
  .map(({ start, duration, rest }) => ({
    ...rest,
    phase: duration === undefined ? "started" : "ended",
    startTime: formatTimestamp(start),
    ...(duration !== undefined && { endTime: formatTimestamp(start + duration) }),
  }));

/** A span that is as plain as a span can be, for tests that change one thing about it. */
export function plainSnapshot(changes: Partial<SpanSnapshot> = {}): SpanSnapshot {
  return {
    phase: "ended",
    revision: 1,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    id: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    name: "search",
    type: "CODE_EXECUTION",
    status: "OK",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.500000Z",
    ...changes,
  };
}
