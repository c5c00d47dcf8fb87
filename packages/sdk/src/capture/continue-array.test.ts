import { describe, expect, test } from "vitest";
import { joined, Realignment } from "./continue-array.ts";
import { ArrayNode, arrayBytes, itemsOf, type JsonNode, objectNode } from "./nodes.ts";

const array = (items: readonly JsonNode[], prefix?: ArrayNode) =>
  new ArrayNode(prefix, items, arrayBytes(prefix, items));
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const earlierOf = (node: ArrayNode) => ({ node, items: itemsOf(node) });
const message = (text: string) => objectNode(["text"], [text], text.length + 12);

describe("an array that continues an earlier one", () => {
  const ten = array(numbers(0, 10));
  const thirty = array(numbers(10, 20), ten);

  test.each<[string, ArrayNode, number, readonly JsonNode[]]>([
    ["by nothing", thirty, 30, []],
    ["by something", thirty, 30, [90, 91]],
    ["at its prefix", thirty, 10, [90]],
    ["just behind its prefix", thirty, 11, [90]],
    ["8 behind its prefix", thirty, 18, [90]],
    ["before its prefix ends", thirty, 9, [90]],
    ["cut within", thirty, 25, []],
    ["cut within its prefix", thirty, 4, []],
    ["at few", thirty, 3, [90]],
    ["at none", thirty, 0, [90]],
    ["at none, by nothing", thirty, 0, []],
  ])("%s has its items and its own, and their bytes", (_, node, same, rest) => {
    const made = joined(earlierOf(node), same, rest);
    const expected = [...numbers(0, same), ...rest];
    expect(itemsOf(made)).toEqual(expected);
    expect(made.length).toBe(expected.length);
    expect(made.bytes).toBe(arrayBytes(undefined, expected));
  });

  test("shares what they have in common: whole parts, and from 8 items on one of its own", () => {
    expect(joined(earlierOf(thirty), 30, [])).toBe(thirty);
    expect(joined(earlierOf(thirty), 10, [])).toBe(ten);
    expect(joined(earlierOf(thirty), 30, [90]).prefix).toBe(thirty);
    const [few, enough] = [17, 18].map((same) => joined(earlierOf(thirty), same, [90]));
    expect(few!.prefix).toBe(ten);
    expect(few!.items).toEqual([...numbers(10, 7), 90]);
    expect(enough!.prefix!.prefix).toBe(ten);
    expect([enough!.prefix!.items, enough!.items]).toEqual([numbers(10, 8), [90]]);
    expect(joined(earlierOf(thirty), 7, [90]).prefix).toBeUndefined();
    expect(joined(earlierOf(thirty), 8, [90]).prefix?.items).toEqual(numbers(0, 8));
  });

  test("without an earlier one is its items alone", () => {
    const made = joined(undefined, 5, [1, 2]);
    expect([made.prefix, made.items, made.bytes]).toEqual([undefined, [1, 2], arrayBytes(undefined, [1, 2])]);
  });

  test("takes nothing that is the earlier list's and not the earlier array's", () => {
    const items = numbers(0, 20);
    const made = joined({ node: array(items.slice(0, 12)), items }, 12, [90]);
    expect(itemsOf(made)).toEqual([...numbers(0, 12), 90]);
  });
});

describe("after two arrays parted", () => {
  const messages = ["a", "b", "c", "d", "e"].map(message);
  const from = (at: number, length = 5) => {
    const node = array(messages.slice(0, length));
    return new Realignment({ node, items: messages }, at);
  };

  test("the next items are expected where the last one was found", () => {
    const parted = from(0);
    expect(parted.expected()).toBe(messages[0]);
    expect(parted.shared(message("c"))).toBe(messages[2]);
    expect(parted.expected()).toBe(messages[3]);
    expect(parted.shared(message("d"))).toBe(messages[3]);
    expect(parted.shared(message("e"))).toBe(messages[4]);
    expect(parted.expected()).toBeUndefined();
  });

  test("an item that stands nowhere is itself, and the next one is expected one further", () => {
    const parted = from(1);
    const fresh = message("new");
    expect(parted.shared(fresh)).toBe(fresh);
    expect(parted.expected()).toBe(messages[2]);
    expect(parted.shared(messages[2]!)).toBe(messages[2]);
    expect(parted.expected()).toBe(messages[3]);
    expect(parted.shared("a word")).toBe("a word");
    expect(parted.expected()).toBe(messages[4]);
  });

  test("what is behind the earlier array's length is none of it", () => {
    const parted = from(2, 3);
    expect(parted.expected()).toBe(messages[2]);
    const again = message("e");
    expect(parted.shared(again)).toBe(again);
    expect(parted.expected()).toBeUndefined();
  });

  test("8 items are looked for, and no more: each looks at all of the earlier one", () => {
    const parted = from(0);
    for (let i = 0; i < 8; i++) parted.shared(message(`new ${i}`));
    const ninth = message("a");
    expect(parted.shared(ninth)).toBe(ninth);
  });
});
