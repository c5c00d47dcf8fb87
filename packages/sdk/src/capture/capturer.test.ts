import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytesOf,
  CaptureMemory,
  Capturer,
  isContainer,
  type JsonNode,
  keysOf,
  nodeOf,
  type ObjectNode,
  toJson,
} from "./index.ts";

const stoppedClock = () => 0;

function captured(value: unknown, memory?: CaptureMemory): unknown {
  return toJson(new Capturer({}, stoppedClock).capture(value, memory)!);
}

/** JSON without -0, which is captured as text. */
const json = fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const anything = fc.anything({
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});

describe("what is captured", () => {
  test("a JSON value is captured as exactly the text that JSON.stringify gives", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.stringify(captured(value))).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  test("no value makes a capture throw, and each becomes JSON that survives being written and read", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const capturer = new Capturer({}, stoppedClock);
        const node = capturer.capture(value, new CaptureMemory());
        expect(node === undefined).toBe(value === undefined);
        if (node === undefined) return;
        const plain = toJson(node);
        expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
        expect(capturer.truncatedBytes).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([{}, [], "", 0, false, null])("the falsy or empty payload %j is kept, undefined is no payload", (value) => {
    expect(captured(value)).toEqual(value);
    expect(new Capturer().capture(undefined)).toBeUndefined();
  });

  test("a property that is undefined is left out as in JSON, in a list it is said", () => {
    expect(captured({ a: undefined, b: 1, c: [undefined] })).toEqual({ b: 1, c: ["[undefined]"] });
  });

  test("the plain JSON is deeply frozen and leads back to its node", () => {
    fc.assert(
      fc.property(json, (value) => {
        const node = new Capturer({}, stoppedClock).capture(value)!;
        const plain = toJson(node);
        expectFrozen(plain);
        if (isContainer(node) && bytesOf(node) >= 256) expect(nodeOf(plain as object)).toBe(node);
      }),
    );
  });

  test("capturing the plain JSON of a capture again gives the same node", () => {
    const capturer = new Capturer();
    const node = capturer.capture({ text: "x".repeat(300), list: [1, 2] })!;
    expect(capturer.capture(toJson(node))).toBe(node);
  });

  test("objects of one shape share one list of keys", () => {
    const capturer = new Capturer();
    const a = capturer.capture({ role: "user", content: "a" }) as ObjectNode;
    const b = capturer.capture({ role: "user", content: "b" }) as ObjectNode;
    expect(keysOf(a)).toBe(keysOf(b));
  });

  test("a getter that starts a capture itself disturbs neither", () => {
    const capturer = new Capturer();
    let inner: JsonNode | undefined;
    const value = {
      before: 1,
      get nested() {
        inner = capturer.capture({ own: ["x"] });
        return "after";
      },
      list: [1, { deep: true }],
    };
    expect(toJson(capturer.capture(value)!)).toEqual({ before: 1, nested: "after", list: [1, { deep: true }] });
    expect(toJson(inner!)).toEqual({ own: ["x"] });
  });

  test("each getter is called once although the capture compares with an earlier one", () => {
    const memory = new CaptureMemory();
    let calls = 0;
    const message = {
      role: "user",
      get content() {
        calls++;
        return `${"long enough to be remembered ".repeat(20)}${calls > 2 ? "changed" : ""}`;
      },
    };
    for (let i = 1; i <= 3; i++) {
      captured({ messages: [message, message] }, memory);
      expect(calls).toBe(2 * i);
    }
  });
});

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const child of Object.values(value)) expectFrozen(child);
}
