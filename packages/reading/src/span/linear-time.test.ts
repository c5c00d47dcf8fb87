import { expect, test } from "vitest";
import { readModelInput, readModelOutput } from "../messages/payloads.ts";
import { REPLY_KEYS } from "../messages/read-output.ts";
import { ATTRIBUTED } from "../testing/attribute-examples.ts";
import { countWork } from "../testing/count-work.ts";
import { grownAt, type Path, placesOf, spreadNames } from "../testing/grown.ts";
import { INPUTS, OUTPUTS } from "../testing/payload-examples.ts";
import { type CountableSpan, countTrace } from "../usage/count-trace.ts";
import { deriveColumns } from "./derive-columns.ts";
import { type AttributedSpan, normalizeSpan } from "./normalize-span.ts";
import { readSpan } from "./read-span.ts";

const SMALL = 80;
const TIMES = 4;
/** Four times as much may be at most so many times the work: linear is 4, a sort a little more, a square 16. */
const MOST = 6;

/** How many times the work grows when what is read does. @param make a payload of so much */
function growth(make: (count: number) => unknown, read: (value: unknown) => void): number {
  // What is done once (tables, caches) is done before.
  read(make(2));
  const [small, large] = [SMALL, SMALL * TIMES].map((count) => {
    const value = make(count);
    return countWork(() => read(value));
  });
  return large! / small!;
}

const worst = (found: readonly { where: string; factor: number }[]) =>
  found.filter(({ factor }) => !(factor <= MOST)).map(({ where, factor }) => `${where}: ${factor.toFixed(1)}`);

/**
 * Each place alone; each two lists; and each place of a list's first item together with the list, which is then long
 * beside it.
 */
function ways(value: unknown): readonly { where: string; make: (count: number) => unknown }[] {
  const places = placesOf(value);
  const alone = places.map((path) => ({
    where: path.join("."),
    make: (count: number) => grownAt(value, path, count),
  }));
  const lists = places.filter((path) => Array.isArray(at(value, path)) && (at(value, path) as unknown[]).length > 0);
  const both = lists.flatMap((list) =>
    places
      .filter((path) => path.length > list.length && isWithin(path, list))
      .filter((path) => path[list.length] === "0" && typeof at(value, path) === "object")
      .map((path) => ({
        where: `${list.join(".")} and ${path.join(".")}`,
        make: (count: number) => beside(value, list, path.slice(list.length + 1), Number(path[list.length]), count),
      })),
  );
  const pairs = lists.flatMap((one, i) =>
    lists
      .slice(i + 1)
      .filter((other) => !isWithin(other, one) && !isWithin(one, other))
      .map((other) => ({
        where: `${one.join(".")} and ${other.join(".")}`,
        make: (count: number) => grownAt(grownAt(value, other, count), one, count),
      })),
  );
  return [...alone, ...pairs, ...both];
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((step, i) => step === path[i]);
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], value);
}

/** The list with many items, of which one is large. */
function beside(value: unknown, list: Path, within: Path, item: number, count: number): unknown {
  const many = grownAt(value, list, count);
  const large = grownAt((at(many, list) as unknown[])[item], within, count);
  (at(many, list) as unknown[])[item] = large;
  return many;
}

test.each(INPUTS)("reading the input of %s is linear in whatever it has much of", (_dialect, payload) => {
  const found = ways(payload).map(({ where, make }) => ({ where, factor: growth(make, readModelInput) }));
  expect(worst(found)).toEqual([]);
});

test.each(OUTPUTS)("reading the reply of %s is linear in whatever it has much of", (_dialect, payload) => {
  const found = ways(payload).map(({ where, make }) => ({ where, factor: growth(make, readModelOutput) }));
  expect(worst(found)).toEqual([]);
});

function readWhole(span: AttributedSpan): void {
  const normalized = normalizeSpan(span);
  const stored = { name: span.name, type: "COMPLETION" as const, ...normalized };
  readSpan(stored);
  deriveColumns(stored);
}

test.each(ATTRIBUTED)("a span of %s is read in linear time", (_convention, span) => {
  const spread = (count: number) => ({ ...span, attributes: spreadNames(span.attributes, count) });
  const events = (count: number) => ({ ...spread(1), events: grownAt(span.events ?? [], [], count) });
  const ofAttributes = ways(spread(1).attributes).map(({ where, make }) => ({
    where,
    make: (count: number): unknown => ({ ...span, attributes: make(count) }),
  }));
  const found = [{ where: "*", make: spread }, { where: "events", make: events }, ...ofAttributes].map(
    ({ where, make }) => ({ where, factor: growth(make, (value) => readWhole(value as AttributedSpan)) }),
  );
  expect(worst(found)).toEqual([]);
});

test("calls that were glued together are taken apart in linear time", () => {
  const make = (count: number) => ({
    tools: Array.from({ length: count }, (_, i) => ({ name: `tool_${i}`, parameters: {} })),
    calls: Array.from({ length: count }, (_, i) => ({
      id: `call_${i}call_${i}b`,
      function: { name: `tool_${i}tool_1`, arguments: '{"x":1}{"x":2}' },
    })),
  });
  const factor = growth(make, (value) => {
    const { tools, calls } = value as ReturnType<typeof make>;
    const input = { tools, messages: [{ role: "user", content: "a" }] };
    readSpan({ name: "call", type: "COMPLETION", input, output: { role: "assistant", tool_calls: calls } });
  });
  expect(factor).toBeLessThanOrEqual(MOST);
});

const TREES: Readonly<Record<string, (i: number) => string | undefined>> = {
  "a chain": (i) => (i === 0 ? undefined : `span${i - 1}`),
  "a star": (i) => (i === 0 ? undefined : "span0"),
  "roots alone": () => undefined,
  "a cycle": (i) => `span${i + 1}`,
};

test.each(Object.entries(TREES))("counting a trace is linear: %s", (_tree, parentOf) => {
  const make = (count: number) =>
    Array.from(
      { length: count },
      (_, i): CountableSpan => ({
        id: `span${i}`,
        parentId: parentOf(i),
        kind: i % 3 === 0 ? "agent" : "model",
        usage: { inputTokens: i, outputTokens: 1 },
        responseId: `response${i % 7}`,
      }),
    );
  expect(growth(make, (spans) => countTrace(spans as readonly CountableSpan[]))).toBeLessThanOrEqual(MOST);
});

const WRAPPERS: readonly ((inner: unknown) => unknown)[] = [
  ...[...REPLY_KEYS, "request", "config", "kwargs", "inputs", "raw"].map((key) => (inner: unknown) => ({
    [key]: inner,
  })),
  (inner) => [inner],
  (inner) => ({ role: "tool", content: [inner] }),
  (inner) => ({ type: "tool_result", content: [inner] }),
  (inner) => ({ message: { role: "assistant" }, raw: inner }),
  (inner) => ({ generations: [[{ message: inner }]] }),
];

test.each([readModelInput, readModelOutput])("what is wrapped often is looked into as often, by %o", (read) => {
  const content = Array.from({ length: SMALL }, (_, i) => ({ strange: i }));
  const wrapped = (wrap: (inner: unknown) => unknown, times: number) =>
    Array.from({ length: times }).reduce<unknown>((inner) => wrap(inner), content);
  const work = (value: unknown) => countWork(() => read(value));
  work(wrapped(WRAPPERS[0]!, 2));
  const factors = WRAPPERS.map((wrap) => work(wrapped(wrap, 9)) / work(wrapped(wrap, 3)));
  expect(Math.max(...factors)).toBeLessThanOrEqual(MOST);
});

test("the count of work tells a square from a line", () => {
  const list = (count: number) => Array.from({ length: count }, (_, i) => i);
  const square = growth(list, (value) => (value as number[]).filter((item) => (value as number[]).includes(-item)));
  expect(square).toBeGreaterThan(12);
});
