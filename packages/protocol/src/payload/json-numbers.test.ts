import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalEncode } from "./canonical-encode.ts";
import { inspectPayload, replaceNul } from "./inspect.ts";
import { encodeJson, isExactNumber, parseJsonNumbers, restoreNumbers } from "./json-numbers.ts";
import { isJsonObject } from "./json-object.ts";
import { isNumberText, numberOf } from "./number-text.ts";

/** Numbers that `JSON.parse` changes. */
const KEPT = [
  "9007199254740993",
  "-9007199254740993",
  "12345678901234567890",
  "1e400",
  "-1E+400",
  "1e-400",
  "-0",
  "-0.0",
  "-0e5",
  "0.1000000000000000055511151231257827",
  "123456789.123456789123456789",
  "9007199254740993.0",
  "90071992547409930e-1",
];

/** Numbers that come back as the same number, if spelled otherwise. */
const EXACT = [
  "0",
  "-1",
  "1.0",
  "1.50",
  "1e3",
  "1E-05",
  "0.30000000000000004",
  "9007199254740992",
  "1e21",
  "0.0e9",
  "5e-324",
];

describe("numbers that no double holds", () => {
  test.each(KEPT)("%s is kept byte for byte, wherever it stands", (number) => {
    for (const text of [number, `[${number}]`, `{"a":${number}}`, `{"a":[1,{"b":${number}}],"c":"x"}`]) {
      const parsed = parseJsonNumbers(text);
      expect(encodeJson(parsed)).toBe(text);
    }
    const kept = parseJsonNumbers(number);
    expect(isNumberText(kept)).toBe(true);
    expect(isJsonObject(kept)).toBe(false);
    expect(canonicalEncode({ a: kept })).toBe(`{"a":${number}}`);
    expect(replaceNul({ a: kept })).toEqual({ a: kept });
    expect(inspectPayload({ a: kept })).toEqual({ tooDeep: false, hasNul: false });
    // What does not know of it sees its digits; a copy of another thread is the same thing.
    expect(JSON.stringify({ a: kept })).toBe(JSON.stringify({ a: number }));
    expect(isNumberText(structuredClone(new String(kept)))).toBe(true);
  });

  test.each(EXACT)("%s is a number as ever", (number) => {
    expect(parseJsonNumbers(`[ ${number} ]`)).toEqual([Number(number)]);
  });

  test("computing with one rounds as doubles do", () => {
    expect(numberOf(parseJsonNumbers("9007199254740993"))).toBe(9007199254740992);
    expect(numberOf(parseJsonNumbers("1e400"))).toBe(Number.POSITIVE_INFINITY);
    expect(numberOf("12")).toBeUndefined();
  });

  test("texts, keys and prototypes are left alone", () => {
    const text = '{"1e400":"-0","__proto__":{"x":-0},"s":"[9007199254740993, 1e400]","q":"\\\\\\"1e400","n":1e400}';
    expect(encodeJson(parseJsonNumbers(text))).toBe(text);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each(["01e400", "1e", "-", "1e400x", "[1e400", "+1e400", "1.e400", "-01", '"1e400'])("%s is no JSON", (text) => {
    expect(() => parseJsonNumbers(text)).toThrow(SyntaxError);
  });

  test("any JSON comes back as JSON.parse has it, but for such numbers", () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const marked = text.replaceAll("-0", "0");
        expect(parseJsonNumbers(marked)).toEqual(JSON.parse(marked));
      }),
      { numRuns: 500 },
    );
  });

  test("any decimal comes back as the same number", () => {
    const decimal = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.bigInt(0n, 10n ** 25n),
        fc.option(fc.bigInt(0n, 10n ** 25n)),
        fc.option(fc.integer({ min: -500, max: 500 })),
      )
      .map(
        ([sign, whole, fraction, exponent]) =>
          `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${exponent === null ? "" : `e${exponent}`}`,
      );
    fc.assert(
      fc.property(decimal, (token) => {
        const back = encodeJson(parseJsonNumbers(`[${token}]`)).slice(1, -1);
        expect(exactValue(back)).toBe(exactValue(token));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Its value in units of 10^-1100, with the sign of zero: an oracle without doubles. */
function exactValue(token: string): string {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token)!;
  const units = BigInt(`${whole}${fraction}`) * 10n ** BigInt(1100 + Number(exponent) - fraction.length);
  return `${sign}${units}`;
}

describe("a token comes back as the same number", () => {
  test.each([
    ...["0", "0.0", "00", "123", "1e5", "1E+5", "1.50e-3", "0e400", "100000000000000000000", "9007199254740992"],
    ...[
      "1.7976931348623157e308",
      "1.7976931348623157E+308",
      "5e-324",
      "2.2250738585072014e-308",
      "0.30000000000000004",
    ],
    ...[
      "1234567890123456e2",
      "12345678901234560",
      "1234567890123456000000",
      "0.0001234567890123456",
      "-1234567890123456",
    ],
    ...["1".padEnd(299, "0"), "1".padEnd(300, "0"), `1${"0".repeat(290)}e-290`, "1e299", "1e-299"],
    // No numbers of JSON: its parser will say so.
    ...["01", "-", "1.", ".5", "+1", "1e", "1.2.3", "-01", "12345678901234567890123x", "1e5e5"],
  ])("%s", (token) => {
    expect(isExactNumber(token)).toBe(true);
  });

  test.each([
    ...["-0", "-0.00", "-0e7", "1e309", "-1e309", "1e-325", "4.9e-324", "1".padEnd(310, "0"), `1e${"9".repeat(20)}`],
    ...["12345678901234567", "123456789012345678", "9007199254740993", "1234567890123456.7", "1.2345678901234567e10"],
    ...["0.30000000000000005", "1.7976931348623159e308", "-0e400", "12345678901234567e-17"],
  ])("not: %s", (token) => {
    expect(isExactNumber(token)).toBe(String(Number(token)) === token);
    expect(isExactNumber(token)).toBe(false);
  });
});

describe("a text between numbers", () => {
  test.each([
    '["\\\\",1e400]',
    '["\\"",1e400,"\\\\\\"1e400"]',
    '{"1e400":1e400,"a":"1e400"}',
    '["a",true,false,null,1e400,"e"]',
    "[1e400,-1e400,1.5e400,1E400]",
  ])("stays what it is: %s", (text) => {
    expect(encodeJson(parseJsonNumbers(text))).toBe(text);
  });

  test("that does not end is refused as JSON's parser refuses it", () => {
    for (const text of ['["1e400', '["\\"', "[1e400", "1e400.5", "-", ""]) {
      expect(() => parseJsonNumbers(text)).toThrow(SyntaxError);
    }
  });

  test("is kept with more kept numbers than are joined in one go", () => {
    const text = `[${Array.from({ length: 600 }, (_, i) => `${i + 1}e400,"${i}"`).join(",")}]`;
    expect(encodeJson(parseJsonNumbers(text))).toBe(text);
  });

  test("beside kept numbers holds null, lists and booleans as ever", () => {
    expect(encodeJson(parseJsonNumbers('[null,[],{},true,{"a":[null,1e400]}]'))).toBe(
      '[null,[],{},true,{"a":[null,1e400]}]',
    );
  });
});

test("a kept number is written as a number by who knows of it, and as a text by all others, in any order", () => {
  const kept = { a: parseJsonNumbers("1e400") };
  expect(JSON.stringify(kept)).toBe('{"a":"1e400"}');
  expect(encodeJson(kept)).toBe('{"a":1e400}');
  expect(JSON.stringify(kept)).toBe('{"a":"1e400"}');
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(() => encodeJson(circle)).toThrow(TypeError);
  expect(JSON.stringify(kept)).toBe('{"a":"1e400"}');
  expect(encodeJson({ a: 1 }, 2)).toBe('{\n  "a": 1\n}');
});

test("a kept number is of no class that stands on String's prototype: that slows every string of the process", () => {
  const { id } = parseJsonNumbers('{"id":12345678901234567890}') as { id: object };
  expect(Object.getPrototypeOf(id)).toBe(String.prototype);
  expect(structuredClone(id)).toEqual(new String("12345678901234567890"));
});

test("kept numbers of a structured clone are numbers again", () => {
  const text =
    '{"id":12345678901234567890,"list":[1,[0.10000000000000000555111512312578270211815834045410,{"n":1e400}],"1e400"]}';
  const clone: unknown = structuredClone(parseJsonNumbers(text));
  expect(encodeJson(clone)).not.toBe(text);
  expect(encodeJson(restoreNumbers(clone))).toBe(text);
  expect(encodeJson(restoreNumbers(structuredClone(parseJsonNumbers("1e400"))))).toBe("1e400");
  for (const plain of [null, undefined, 1, "1e400", new Uint8Array(2)]) expect(restoreNumbers(plain)).toBe(plain);
});
