import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_CAPTURE_BUDGET } from "./budget.ts";
import { ForeignTime } from "./foreign-time.ts";
import { frozenValues } from "./frozen-items.ts";
import {
  type ArrayNode,
  bytesOf,
  CaptureMemory,
  Capturer,
  compareWith,
  type JsonNode,
  type ObjectNode,
  toJson,
  valueAt,
} from "./index.ts";
import { KnownArray } from "./memory.ts";
import { type Parted, UNCOMPARED } from "./parted.ts";
import { Spending } from "./spending.ts";
import { Comparison } from "./unchanged.ts";

compareWith(Comparison);

const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
};

const said = (n: number) => `${n}: ${"what was said ".repeat(20)}`;
const messagesIn = (capturer: Capturer, memory: CaptureMemory, messages: readonly unknown[]) =>
  valueAt(capturer.capture({ messages }, memory) as ObjectNode, 0) as ArrayNode;

function setUp(valuesLeft = 1000) {
  const time = new ForeignTime(() => 0, 25);
  time.begin();
  const spending = new Spending({ ...DEFAULT_CAPTURE_BUDGET, maxNodes: valuesLeft });
  spending.begin();
  const comparison = new Comparison(time, spending, DEFAULT_CAPTURE_BUDGET);
  return { spending, comparison };
}

describe("a value and what was captured in its place", () => {
  const captured = (value: unknown) => new Capturer().capture(value) as ObjectNode;
  const value = { role: "user", content: "hello", call: { name: "search", arguments: [1, null, true] } };

  test("are told equal, and cost what a walk would have", () => {
    const { comparison, spending } = setUp();
    const bytesBefore = spending.bytesLeft;
    expect(comparison.compare({ ...value, absent: undefined }, captured(value), 0)).toBeUndefined();
    expect(spending.valuesLeft).toBe(1000 - 9);
    expect(bytesBefore - spending.bytesLeft).toBe((captured(value) as unknown as unknown[])[1]);
  });

  test.each<[string, object, ReturnType<typeof asPlain>]>([
    [
      "another value",
      { ...value, content: "bye" },
      { same: 1, name: "content", isRead: true, rest: ["content", "call"] },
    ],
    ["a property more", { ...value, more: 1 }, { same: 3, name: "more", isRead: true, rest: ["more"] }],
    ["a property fewer", { role: "user", content: "hello" }, { same: 2, name: undefined, isRead: false, rest: [] }],
    [
      "another order",
      { content: "hello", role: "user" },
      { same: 0, name: "content", isRead: true, rest: ["content", "role"] },
    ],
    ["-0 for 0", { ...value, role: -0 }, { same: 0, name: "role", isRead: true, rest: ["role", "content", "call"] }],
  ])("part where there is %s", (_, other, expected) => {
    const parted = setUp().comparison.compare(other, captured(value), 0)!;
    expect(asPlain(parted)).toEqual(expected);
    if (parted.read !== undefined) expect(parted.read()).toBe((other as Record<string, unknown>)[parted.name!]);
  });

  test("part where a property throws, with what it threw", () => {
    const other = Object.defineProperty({ ...value }, "content", {
      enumerable: true,
      get: () => {
        throw new Error("mine");
      },
    });
    const parted = setUp().comparison.compare(other, captured(value), 0)!;
    expect(asPlain(parted)).toEqual({ same: 1, name: "content", isRead: true, rest: ["content", "call"] });
    expect(parted.read).toThrowError("mine");
  });

  test("part within a value, where that parts", () => {
    const other = { ...value, call: { name: "search", arguments: [1, null, false] } };
    const { inner } = setUp().comparison.compare(other, captured(value), 0)!;
    expect(inner).toMatchObject({ same: 1, name: "arguments", inner: { same: 2, name: 2 } });
  });

  test.each<[string, object]>([
    ["an instance", new (class Message {})()],
    ["an array for an object", []],
    ["what can't be looked at", new Proxy({}, { getPrototypeOf: () => raise() })],
  ])("are not compared when it is %s", (_, other) => {
    expect(setUp().comparison.compare(other, captured(value), 0)).toBe(UNCOMPARED);
  });

  test("are not compared beyond the budget, nor deeper than allowed", () => {
    expect(setUp(0).comparison.compare(value, captured(value), 0)).toBe(UNCOMPARED);
    expect(setUp().comparison.compare(value, captured(value), 128)).toBe(UNCOMPARED);
  });
});

function raise(): never {
  throw new Error("no");
}

function asPlain({ same, name, read, rest = {} }: Parted) {
  return { same, name, isRead: read !== undefined, rest: Object.keys(rest) };
}

describe("what nobody can change", () => {
  const deep = () => ({ role: "user", parts: [{ text: "a" }, { text: "b" }], nothing: null });

  test("is counted, when it is all of the tree", () => {
    expect(frozenValues(frozen(deep()))).toBe(7);
    expect(frozenValues(frozen([]))).toBe(0);
  });

  test.each<[string, object]>([
    ["open", deep()],
    ["open inside", Object.freeze(deep())],
    [
      "behind an accessor",
      Object.freeze({
        get role() {
          return "user";
        },
      }),
    ],
    ["a proxy", new Proxy(frozen(deep()), { isExtensible: () => raise(), ownKeys: () => raise() })],
    ["too large to be asked in one go", frozen(Array.from({ length: 1001 }, (_, i) => i))],
  ])("is none where it is %s", (_, value) => {
    expect(frozenValues(value)).toBeUndefined();
  });

  test("is known by its identity from its second capture on, and not read again", () => {
    const messages = frozen(Array.from({ length: 5 }, (_, n) => ({ role: "user", content: said(n) })));
    const known = new KnownArray(messagesIn(new Capturer(), new CaptureMemory(), messages));
    const { comparison, spending } = setUp();
    expect(comparison.compareItems(messages, known, 0, 1).same).toBe(5);
    const spent = 1000 - spending.valuesLeft;
    for (const [at, message] of messages.entries()) expect(known.frozen?.has(at, message)).toBe(true);
    // What is remembered in the second one's place is another: it is taken for the same because it is not read.
    (known.items as unknown[])[1] = known.items[0];
    expect(comparison.compareItems(messages, known, 0, 1).same).toBe(5);
    expect(1000 - spending.valuesLeft).toBe(2 * spent);
    expect(
      comparison.compareItems(
        messages.map((message) => ({ ...message })),
        known,
        0,
        1,
      ).same,
    ).toBe(1);
  });

  test("is asked of one message in 64, and of all where that one is frozen", () => {
    const messages = Array.from({ length: 130 }, (_, n) => ({ role: "user", content: said(n) }));
    for (const message of messages.slice(64)) Object.freeze(message);
    const known = new KnownArray(messagesIn(new Capturer(), new CaptureMemory(), messages));
    setUp().comparison.compareItems(messages, known, 0, 1);
    const kept = messages.map((message, at) => known.frozen?.has(at, message) === true);
    expect(kept.indexOf(true)).toBe(64);
    expect(kept.filter(Boolean)).toHaveLength(66);
  });

  test("is told from another in its place, frozen or not, and from a tree that is open inside", () => {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const inner = { text: "open" };
    const messages: unknown[] = [frozen({ content: said(0) }), frozen({ content: said(1) }), Object.freeze({ inner })];
    for (let time = 0; time < 3; time++) messagesIn(capturer, memory, messages);
    messages[0] = frozen({ content: said(7) });
    messages[1] = { content: said(1) };
    inner.text = "changed";
    const expected = [{ content: said(7) }, { content: said(1) }, { inner: { text: "changed" } }];
    expect(toJson(messagesIn(capturer, memory, messages))).toEqual(expected);
  });
});

test("properties that a getter removes, moves or replaces while it is read are taken as an enumeration gives them", () => {
  const lazy = (change: (self: Record<string, unknown>) => void) =>
    Object.defineProperties({} as Record<string, unknown>, {
      a: { value: 1, enumerable: true, configurable: true },
      b: {
        get(this: Record<string, unknown>) {
          change(this);
          return `read ${said(1)}`;
        },
        enumerable: true,
        configurable: true,
      },
      c: { value: 3, enumerable: true, configurable: true },
    });
  const changes: ((self: Record<string, unknown>) => void)[] = [
    (self) => delete self.b,
    (self) => Object.defineProperty(self, "b", { value: 2 }),
    (self) => {
      delete self.b;
      self.b = 2;
    },
    (self) => {
      self.d = 4;
    },
  ];
  for (const change of changes) {
    const capturer = new Capturer();
    const memory = new CaptureMemory();
    const first = { a: 1, b: said(1), c: 3 };
    capturer.capture({ messages: [first] }, memory);
    const expected = toJson(new Capturer().capture({ messages: [lazy(change)] })!);
    expect(toJson(capturer.capture({ messages: [lazy(change)] }, memory)!)).toEqual(expected);
  }
});

const name = fc.constantFrom("role", "content", "a", "b", "1");
const { value: part } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.string({ maxLength: 6 }), fc.constant("y".repeat(300)), fc.integer(), fc.constant(null)),
    fc.constantFrom(undefined, Number.NaN, -0, new Date(0), () => 1),
    fc.dictionary(name, tie("value"), { maxKeys: 5, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 4 }),
  ),
}));
const budget = fc.record({
  maxNodes: fc.integer({ min: 1, max: 400 }),
  maxKeys: fc.integer({ min: 1, max: 5 }),
  maxDepth: fc.integer({ min: 1, max: 6 }),
  maxStringBytes: fc.constantFrom(100, 1000),
});

test("what is remembered changes nothing: whatever the budget, the same as of a first capture is taken, and cut", () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), budget, fc.boolean(), (messages, bounds, isFrozen) => {
      const capturer = new Capturer(bounds, () => 0);
      const memory = new CaptureMemory();
      const payload = { messages, again: [messages, messages] };
      if (isFrozen) frozen(payload);
      const expected = JSON.stringify(toJson(capturer.capture(payload)!));
      for (let time = 0; time < 4; time++) {
        expect(JSON.stringify(toJson(capturer.capture(payload, memory)!))).toBe(expected);
      }
    }),
    { numRuns: 1500 },
  );
});

test("what is remembered counts as if it were walked, in bytes too, but for the marks of what is left out", () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.integer({ min: 1, max: 5000 }), (messages, maxBytes) => {
      const capturer = new Capturer({ maxBytes }, () => 0);
      const memory = new CaptureMemory();
      const payload = { messages, again: [messages, messages] };
      const marks = (node: JsonNode) => 40 * JSON.stringify(toJson(node)).split("[").length;
      for (let time = 0; time < 3; time++) {
        const node = capturer.capture(payload, memory)!;
        expect(bytesOf(node)).toBeLessThan(maxBytes + 400 + marks(node));
        const whole = new Capturer({}, () => 0).capture(payload)!;
        if (bytesOf(whole) + marks(whole) < maxBytes) expect(toJson(node)).toEqual(toJson(whole));
      }
    }),
    { numRuns: 500 },
  );
});

test("while the time is watched an unchanged conversation is shared all the same", () => {
  let nowMs = 0;
  const capturer = new Capturer({}, () => {
    nowMs += 3;
    return nowMs;
  });
  const memory = new CaptureMemory();
  const messages = Array.from({ length: 300 }, (_, n) => ({ role: "user", content: said(n), parts: [{ n }] }));
  const first = messagesIn(capturer, memory, messages);
  expect(messagesIn(capturer, memory, structuredClone(messages))).toBe(first);
});
