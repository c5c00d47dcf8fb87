import { describe, expect, test } from "vitest";
import { parseJsonNumbers } from "../../payload/json-numbers.ts";
import { decodeOtlpJson, readAttributes, readValue, timeOf } from "./decode-json.ts";

const span = {
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  startTimeUnixNano: "1769860800000000000",
};
const TOO_DEEP = "[Truncated: deeper than 128 levels]";

/** Something in so many lists. */
function inLists(levels: number, value: unknown, wrap: (inner: unknown) => unknown): unknown {
  return levels === 0 ? value : wrap(inLists(levels - 1, value, wrap));
}

test.each<[what: string, value: unknown, expected: unknown]>([
  ["a text", { stringValue: "a" }, "a"],
  ["half of a surrogate pair", { stringValue: "a\ud800" }, "a\ufffd"],
  ["true", { boolValue: true }, true],
  ["an integer as text", { intValue: "-12" }, -12],
  ["an integer as a number", { intValue: 12 }, 12],
  ["the last integer that a double holds", { intValue: "9007199254740991" }, Number.MAX_SAFE_INTEGER],
  ["one that none holds", { intValue: "9007199254740993" }, "9007199254740993"],
  ["a negative one that none holds", { intValue: "-9223372036854775808" }, "-9223372036854775808"],
  ["an integer with more digits than there are", { intValue: "123456789012345678901" }, "123456789012345678901"],
  ["an integer that is another text", { intValue: "1.5" }, "1.5"],
  ["an integer with something before it", { intValue: "x1" }, "x1"],
  ["an integer that is half a surrogate pair", { intValue: "\ud800" }, "\ufffd"],
  ["an integer that is not set", { intValue: null }, 0],
  ["a double", { doubleValue: 1.5 }, 1.5],
  ["a double as text", { doubleValue: "1.5" }, 1.5],
  ["a double that is no number", { doubleValue: "NaN" }, "NaN"],
  ["an infinity", { doubleValue: "-Infinity" }, "-Infinity"],
  ["an infinity as a number", { doubleValue: Number.POSITIVE_INFINITY }, "Infinity"],
  ["a double that is an empty text", { doubleValue: " " }, " "],
  ["a double that is half a surrogate pair", { doubleValue: "\ud800" }, "\ufffd"],
  ["a double that is not set", { doubleValue: null }, 0],
  ["a list", { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }, {}] } }, ["a", 1, null]],
  ["a list that is empty", { arrayValue: {} }, []],
  ["a list of plain values", { arrayValue: [{ intValue: "1" }, "b"] }, [1, "b"]],
  ["a list that is none", { arrayValue: { values: { stringValue: "a" } } }, "a"],
  ["a record", { kvlistValue: { values: [{ key: "a", value: { intValue: "1" } }, { key: "b" }] } }, { a: 1, b: null }],
  ["a record that is empty", { kvlistValue: {} }, {}],
  ["a record with items that have no key", { kvlistValue: { values: [7, { value: 1 }, { key: "a" }] } }, { a: null }],
  ["a record with half a surrogate pair", { kvlistValue: { values: [{ key: "\ud800" }] } }, { "\ufffd": null }],
  ["a record in plain form", { kvlistValue: [{ key: "a", value: { intValue: "1" } }] }, { a: 1 }],
  ["a record that is none", { kvlistValue: "x" }, "x"],
  ["bytes", { bytesValue: "AQI=" }, "AQI="],
  ["an empty value", {}, null],
  ["no value", undefined, null],
  ["null", null, null],
  ["a plain text", "a\ud800", "a\ufffd"],
  ["a plain number", 5, 5],
  ["a plain list", [1, { stringValue: "b" }], [1, "b"]],
  ["a plain object", { a: 1, "b\ud800": { stringValue: "c" } }, { a: 1, "b\ufffd": "c" }],
])("%s is read", (_what, value, expected) => {
  expect(readValue(value, 0)).toStrictEqual(expected);
});

test("a number that no double holds stays what it is", () => {
  const value = parseJsonNumbers("12345678901234567890");
  expect(readValue(value, 0)).toBe(value);
  expect(readValue({ doubleValue: value }, 0)).toBe(value);
});

describe("what is nested as deeply as a payload may be is read, and deeper is cut:", () => {
  test.each<[what: string, wrap: (inner: unknown) => unknown, unwrap: (outer: unknown) => unknown]>([
    ["lists", (inner) => ({ arrayValue: { values: [inner] } }), (outer) => (outer as unknown[])[0]],
    ["plain lists", (inner) => [inner], (outer) => (outer as unknown[])[0]],
    [
      "records",
      (inner) => ({ kvlistValue: { values: [{ key: "a", value: inner }] } }),
      (outer) => (outer as { a: unknown }).a,
    ],
    ["plain records", (inner) => ({ a: inner }), (outer) => (outer as { a: unknown }).a],
  ])("%s", (_what, wrap, unwrap) => {
    const depthOf = (levels: number) => {
      let value = readValue(inLists(levels, "x", wrap), 0);
      let depth = 0;
      for (; typeof value === "object"; depth++) value = unwrap(value);
      return [depth, value];
    };
    expect(depthOf(124)).toEqual([124, "x"]);
    expect(depthOf(125)).toEqual([124, TOO_DEEP]);
  });
});

test.each<[what: string, value: unknown, micros: number, nanos: number]>([
  ["text", "1769860800000001999", 1_769_860_800_000_001, 1_769_860_800_000_002_000],
  ["a number", 1_769_860_800_000_002_000, 1_769_860_800_000_002, 1_769_860_800_000_002_000],
  ["a number of less than a microsecond", 999, 0, 999],
  ["text of 20 digits", "10000000000000000000", 10_000_000_000_000_000, 10_000_000_000_000_000_000],
  ["text of 21 digits", "100000000000000000000", 0, 0],
  ["another text", "now", 0, 0],
  ["a number with something before it", " 1769860800000001999", 0, 0],
  ["nothing", undefined, 0, 0],
])("a time that is %s", (_what, value, micros, nanos) => {
  expect(timeOf(value)).toEqual({ micros, nanos });
});

describe("attributes", () => {
  const read = (list: unknown) => {
    const mistakes: string[] = [];
    return [readAttributes(list, "attributes", mistakes), mistakes];
  };

  test.each<[what: string, list: unknown, attributes: object, mistakes: string[]]>([
    ["a list", [{ key: "a", value: { intValue: "1" } }], { a: 1 }, []],
    ["nothing", undefined, {}, []],
    ["null", null, {}, []],
    ["half a surrogate pair", [{ key: "\ud800", value: { stringValue: "b" } }], { "\ufffd": "b" }, []],
    [
      "an object",
      { "a\ud800": 1 },
      { "a\ufffd": 1 },
      ["attributes is an object: OTLP's JSON form has a list of {key, value}"],
    ],
    ["a text", "x", {}, ["attributes must be an array, got a string: left out"]],
    [
      "an item without a key",
      [{ value: 1 }, null, { key: "a" }],
      { a: null },
      Array(2).fill("attributes has an item without a key: left out"),
    ],
    [
      "one name twice",
      [
        { key: "a", value: { intValue: "1" } },
        { key: "a", value: { intValue: "2" } },
      ],
      { a: 2 },
      ['attribute "a" came twice: the last stands'],
    ],
    [
      "one long name twice",
      [{ key: "x".repeat(101) }, { key: "x".repeat(101) }],
      { ["x".repeat(101)]: null },
      [`attribute "${"x".repeat(100)}" came twice: the last stands`],
    ],
  ])("given as %s", (_what, list, attributes, mistakes) => {
    expect(read(list)).toStrictEqual([attributes, mistakes]);
  });
});

describe("a request", () => {
  const inScope = (scopeSpans: object) => decodeOtlpJson({ resourceSpans: [{ scopeSpans: [scopeSpans] }] });

  test.each<[what: string, body: unknown, message: string]>([
    ["that is no object", 5, "a request must be an object, got a number"],
    ["whose resourceSpans are no list", { resourceSpans: {} }, "resourceSpans must be an array, got an object"],
    ["whose resourceSpans are no objects", { resourceSpans: [5] }, "resourceSpans must hold objects, got a number"],
    [
      "whose scopeSpans are no list",
      { resourceSpans: [{ scopeSpans: "x" }] },
      "scopeSpans must be an array, got a string",
    ],
    [
      "whose spans are no list",
      { resourceSpans: [{ scopeSpans: [{ spans: 1 }] }] },
      "spans must be an array, got a number",
    ],
  ])("%s is refused", (_what, body, message) => {
    expect(decodeOtlpJson(body)).toEqual({ ok: false, status: 400, message });
  });

  test.each([[{}], [{ resourceSpans: null }], [{ resourceSpans: [{}] }], [{ resourceSpans: [{ scopeSpans: [{}] }] }]])(
    "of %j has no spans and nothing to say",
    (body) => {
      expect(decodeOtlpJson(body)).toEqual({ ok: true, spans: [], rejectedSpans: 0, reasons: [] });
    },
  );

  test("a span that is no object is turned away alone", () => {
    expect(inScope({ spans: [5, span] })).toMatchObject({
      spans: [{ spanId: span.spanId }],
      rejectedSpans: 1,
      reasons: ["a span must be an object, got a number"],
    });
  });

  test.each(["resource_spans", "spans", "batch", "data"])(
    "that has %s in the place of resourceSpans is told so",
    (field) => {
      const reason = `the request has no resourceSpans, but ${field}: OTLP's JSON form has names in lowerCamelCase`;
      expect(decodeOtlpJson({ [field]: [] })).toMatchObject({ ok: true, reasons: [reason] });
      expect(decodeOtlpJson({ [field]: [], resourceSpans: [] })).toMatchObject({ ok: true, reasons: [] });
    },
  );

  test("of before version 1 has its spans under the old names", () => {
    const old = { instrumentationLibrarySpans: [{ instrumentationLibrary: { name: "old" }, spans: [span] }] };
    expect(decodeOtlpJson({ resourceSpans: [old] })).toMatchObject({ spans: [{ scope: { name: "old" } }] });
  });

  test("tells scope and resource as they were given", () => {
    const resourceSpans = {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "app" } }], droppedAttributesCount: 2 },
      schemaUrl: "https://resource",
      scopeSpans: [
        {
          scope: {
            name: "lib",
            version: "1",
            attributes: [{ key: "a", value: { intValue: 1 } }],
            droppedAttributesCount: "3",
          },
          schemaUrl: "https://scope",
          spans: [span],
        },
      ],
    };
    expect(decodeOtlpJson({ resourceSpans: [resourceSpans] })).toMatchObject({
      spans: [
        {
          resource: { attributes: { "service.name": "app" }, droppedAttributes: 2, schemaUrl: "https://resource" },
          scope: { name: "lib", version: "1", attributes: { a: 1 }, droppedAttributes: 3, schemaUrl: "https://scope" },
        },
      ],
    });
  });

  test("that says nothing of scope and resource has neither", () => {
    const empty = {
      scope: { name: "", version: "", attributes: [], droppedAttributesCount: 0 },
      schemaUrl: "",
      spans: [span],
    };
    const decoded = decodeOtlpJson({
      resourceSpans: [{ resource: 5, schemaUrl: "", scopeSpans: [empty, { scope: [], spans: [span] }] }],
    });
    if (!decoded.ok) throw new Error(decoded.message);
    expect(decoded.spans.map(({ scope, resource }) => [scope, resource])).toStrictEqual(
      Array(2).fill([{ name: "" }, { attributes: {} }]),
    );
  });
});
