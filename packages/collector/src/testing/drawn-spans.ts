/** For property tests: traces with payloads of every shape, as `JSON.parse` gives them. */
import { formatTimestamp, SPAN_TYPES, type SpanSnapshot } from "@everspan/protocol";
import fc from "fast-check";

/** Names that mean something to a dialect, to JSON or to an object's prototype. */
const key = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toJSON",
    "",
    "$blob",
    "value",
    "0",
    "__error__",
    "error",
    "model",
    "usage",
  ),
  fc.constantFrom("input.value", "metadata", "everspan.type", "gen_ai.request.model", "messages", "__everspan__"),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom("<b>", "\0", "\ud800", "[Truncated", '{"a":1}', "1", "null"),
  fc.string({ maxLength: 3 }).map((part) => part.repeat(120)),
);
const payload = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom<unknown>(null, true, false, 0, "", 1e21, 2 ** 53, 0.1),
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5 }),
    ),
  }))
  .value.map(asParsed);

/** Without -0 and what else JSON does not have. */
function asParsed<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

const words = fc.string({ unit: "grapheme", maxLength: 12 });
const id = fc.oneof(fc.uuid(), fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 }));
const hex = (digits: number) =>
  fc.array(fc.constantFrom(..."123456789abcdef"), { minLength: digits, maxLength: digits }).map((all) => all.join(""));

const span: fc.Arbitrary<SpanSnapshot> = fc
  .record({
    startMicros: fc.integer({ min: 1_000_000_000_000_000, max: 2_000_000_000_000_000 }),
    duration: fc.option(fc.nat(10_000_000), { nil: undefined }),
    rest: fc.record(
      {
        revision: fc.nat(9),
        traceId: fc.oneof(hex(32), id),
        id: fc.oneof(hex(16), id),
        parentId: fc.oneof(hex(16), id),
        taskId: fc.oneof(id, fc.constant("t".repeat(300))),
        name: fc.oneof(words, text),
        type: fc.constantFrom(...SPAN_TYPES),
        status: fc.constantFrom("OK" as const, "ERROR" as const, "CANCELED" as const),
        error: fc.record({ type: words, message: text, stack: text }, { requiredKeys: ["type", "message"] }),
        input: payload,
        output: payload,
        data: fc.dictionary(key, payload, { maxKeys: 4 }),
        service: fc.record(
          { name: words, version: words, agentName: words, agentId: words, acpType: words },
          { requiredKeys: [] },
        ),
        obs: fc.record({ traceId: hex(32), spanId: hex(16) }),
      },
      { requiredKeys: ["revision", "traceId", "id", "name", "type", "status"] },
    ),
  })
  .map(({ startMicros, duration, rest }) => ({
    ...asParsed(rest),
    phase: duration === undefined ? "started" : "ended",
    startTime: formatTimestamp(startMicros),
    ...(duration !== undefined && { endTime: formatTimestamp(startMicros + duration) }),
  }));

/** The spans of one trace, each with an id of its own. */
export const drawnTrace: fc.Arbitrary<readonly SpanSnapshot[]> = fc
  .uniqueArray(span, { selector: (drawn) => drawn.id, minLength: 1, maxLength: 5 })
  .map((spans) => spans.map((drawn) => ({ ...drawn, traceId: spans[0]!.traceId })));
