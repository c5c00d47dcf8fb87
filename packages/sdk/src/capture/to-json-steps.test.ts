/** The plain form of a large payload is made in steps of bounded work, and is the same as in one. */
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { CaptureMemory, Capturer, type JsonNode, nodeOf, toJson } from "./index.ts";
import { toJsonSteps } from "./to-json-steps.ts";

const capture = (value: unknown) => new Capturer().capture(value)!;

afterEach(() => {
  vi.restoreAllMocks();
});

/** The plain form, and how many containers were made in each step. */
function inSteps(node: JsonNode) {
  const freeze = vi.spyOn(Object, "freeze");
  const made: number[] = [];
  const steps = toJsonSteps(node);
  for (;;) {
    freeze.mockClear();
    const step = steps.next();
    made.push(freeze.mock.calls.length);
    if (step.done === true) return { plain: step.value, made };
  }
}

describe("steps", () => {
  test.each([
    ["rows of one text", 1_000, { rows: Array.from({ length: 90_000 }, (_, i) => ({ text: `${i}` })) }],
    [
      "tables in tables",
      8_000,
      Array.from({ length: 300 }, (_, i) => [{ rows: Array.from({ length: 300 }, () => [i]) }]),
    ],
    [
      "an object of many",
      1_000,
      Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`k${i}`, { text: `${i}` }])),
    ],
  ])("are bounded in the number of values, however small they are (%s)", (_name, most, value) => {
    const { plain, made } = inSteps(capture(value));
    expect(Math.max(...made)).toBeLessThan(most);
    expect(plain).toEqual(value);
  });

  test("a small payload is made in one", () => {
    expect(inSteps(capture({ rows: [{ text: "x" }] })).made).toEqual([2 + 1]);
  });
});

test("what is made is what is made in one go: equal, frozen, marked with its node, items kept", () => {
  const leaf = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constantFrom(null, true, "__proto__"));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("tree")),
      fc.array(fc.tuple(fc.constantFrom("a", "b", "__proto__"), tie("tree"))).map((all) => Object.fromEntries(all)),
    ),
  }));
  const large = fc.tuple(tree, tree).map(([first, last]) => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ text: `${i}`.padEnd(400, "\ud800") }));
    return { rows: [first, ...rows, last], [JSON.stringify(first) ?? ""]: last, long: [["x".repeat(70_000)]] };
  });
  fc.assert(
    fc.property(large, (value) => {
      const memory = new CaptureMemory();
      const capturer = new Capturer();
      capturer.capture({ ...value, rows: value.rows.slice(0, 100) }, memory);
      const node = capturer.capture(value, memory)!;
      const { plain } = inSteps(node) as { plain: { readonly rows: readonly object[] } };
      const whole = toJson(node) as { readonly rows: readonly object[] };
      expect(plain).toEqual(whole);
      expect(JSON.stringify(plain)).toBe(JSON.stringify(whole));
      expect(Object.isFrozen(plain) && Object.isFrozen(plain.rows)).toBe(true);
      expect(nodeOf(plain)).toBe(node);
      expect(plain.rows[50]).toBe(whole.rows[50]);
    }),
    { numRuns: 40 },
  );
});
