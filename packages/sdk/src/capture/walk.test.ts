/** Where a capture stops, to the value and the character, and what `toJSON` is asked. */
import { describe, expect, test } from "vitest";
import { bytesOf, type CaptureBudget, CaptureMemory, Capturer, type ObjectNode, toJson, valueAt } from "./index.ts";

function captured(value: unknown, budget: Partial<CaptureBudget> = {}, memory?: CaptureMemory): unknown {
  return toJson(new Capturer(budget, () => 0).capture(value, memory)!);
}

describe("the budget of values", () => {
  test.each<[string, number, unknown, unknown]>([
    ["the last value is the last", 4, [1, 2, 3], [1, 2, 3]],
    ["one too many is said", 3, [1, 2, 3], [1, 2, "[Truncated: 1 items]"]],
    ["an object that is one too many", 3, [1, { a: 1 }], [1, "[Truncated: over budget]"]],
    ["properties", 3, { a: 1, b: 2, c: 3 }, { a: 1, b: 2, "[Truncated]": "[Truncated: properties after the first 2]" }],
    ["all properties", 4, { a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 3 }],
    [
      "properties that are undefined, too",
      3,
      { a: undefined, b: undefined, c: 1 },
      { "[Truncated]": "[Truncated: properties after the first 0]" },
    ],
    ["those that are just in it", 4, { a: undefined, b: undefined, c: 1 }, { c: 1 }],
    ["holes, each", 10, new Array(100), ["[Empty: 10 items]", "[Truncated: 90 items]"]],
    ["holes that are just in it", 101, new Array(100), ["[Empty: 100 items]"]],
  ])("%s", (_, maxNodes, value, expected) => {
    expect(captured(value, { maxNodes })).toEqual(expected);
  });
});

describe("the budget of bytes", () => {
  const text = ". ".repeat(2_500);
  const cut = `${text.slice(0, 1024)}… [Truncated: 5000 characters]`;

  test.each<[string, Partial<CaptureBudget>, unknown, unknown]>([
    ["a text that is just in it, with its quotes", { maxBytes: 5_002 }, text, text],
    ["one that is not", { maxBytes: 5_001 }, text, cut],
    ["a text that is as long as one may be", { maxStringBytes: 5_000 }, text, text],
    ["one that is longer", { maxStringBytes: 4_999 }, text, cut],
    ["what follows where nothing is left", { maxBytes: cut.length + 2 }, [text, 1, 2], [cut, "[Truncated: 2 items]"]],
    ["what follows where something is", { maxBytes: cut.length + 2 + 17 }, [text, 1, 2], [cut, 1, 2]],
    [
      "an image that is as long as one may be",
      { maxStringBytes: 10, maxBinaryStringBytes: 5_000 },
      "A".repeat(5_000),
      "A".repeat(5_000),
    ],
    [
      "a longer one",
      { maxStringBytes: 10, maxBinaryStringBytes: 4_999 },
      "A".repeat(5_000),
      `${"A".repeat(1_024)}… [Truncated: 5000 characters]`,
    ],
    [
      "an image for which just enough is left",
      { maxStringBytes: 10, maxBytes: 5_002 },
      "A".repeat(5_000),
      "A".repeat(5_000),
    ],
    [
      "one for which there is not",
      { maxStringBytes: 10, maxBytes: 5_001 },
      "A".repeat(5_000),
      `${"A".repeat(1_024)}… [Truncated: 5000 characters]`,
    ],
  ])("%s", (_, budget, value, expected) => {
    expect(captured(value, budget)).toEqual(expected);
  });
});

describe("toJSON", () => {
  class Asked {
    toJSON(key: string) {
      return `asked for ${key}`;
    }
  }
  const own = { toJSON: (key: string) => `asked for ${key}` };

  test.each<[string, unknown, unknown]>([
    ["of a class is told its name", { a: new Asked() }, { a: "asked for a" }],
    ["of an object is told its name", { a: own }, { a: "asked for a" }],
    ["in a list is told its place", [0, own, new Asked()], [0, "asked for 1", "asked for 2"]],
    ["of the payload is told none", own, "asked for "],
    ["may give null", { a: { toJSON: () => null } }, { a: null }],
    ["may give nothing", { a: { toJSON: () => undefined } }, { a: "[undefined]" }],
    ["may give a list", { toJSON: () => [1] }, [1]],
    [
      "of what it gave is not asked again",
      { toJSON: () => ({ a: 1, toJSON: () => 2 }) },
      { a: 1, toJSON: "[Function: toJSON]" },
    ],
    ["that is data is data", { toJSON: "yes" }, { toJSON: "yes" }],
    ["is no other method", { other: () => 1 }, { other: "[Function: other]" }],
  ])("%s", (_, value, expected) => {
    expect(captured(value)).toEqual(expected);
  });

  test("of a list's class is asked, and a list is what the language says is one", () => {
    class Page extends Array<number> {
      toJSON() {
        return { page: [...this] };
      }
    }
    expect(captured(Page.of(1, 2))).toEqual({ page: [1, 2] });
    expect(captured(Object.create(Array.prototype, { a: { value: 1, enumerable: true } }))).toEqual({ a: 1 });
  });

  test("that gives a long text is no object to be remembered", () => {
    const memory = new CaptureMemory();
    const value = { a: { toJSON: () => "x".repeat(1_000) } };
    expect(captured(value, {}, memory)).toEqual({ a: "x".repeat(1_000) });
  });
});

describe("what a trace captured before", () => {
  test("is followed to where the properties are too many, too", () => {
    const memory = new CaptureMemory();
    const value = { list: [{ a: 1, b: 2, c: 3, d: 4 }, "x".repeat(300)] };
    const expected = {
      list: [{ a: 1, b: 2, c: 3, "[Truncated]": "[Truncated: properties after the first 3]" }, "x".repeat(300)],
    };
    for (let time = 0; time < 3; time++) expect(captured(value, { maxKeys: 3 }, memory)).toEqual(expected);
  });

  test("is shared from 256 bytes on: what is smaller is cheaper to capture again", () => {
    const memory = new CaptureMemory();
    const node = (characters: number) => {
      const payload = new Capturer().capture({ inner: { text: "x".repeat(characters) } }, memory) as ObjectNode;
      return valueAt(payload, 0) as ObjectNode;
    };
    const least = Array.from({ length: 300 }, (_, i) => i).find((i) => bytesOf(node(i)) === 256)!;
    expect(node(least)).toBe(node(least));
    expect(node(least - 1)).not.toBe(node(least - 1));
  });
});
