/** What a trace remembers of its captures, and how much at most. */
import { describe, expect, test } from "vitest";
import { equalNodes, findEqual } from "./compare.ts";
import { CaptureMemory, REMEMBERED_BYTES } from "./memory.ts";
import { ArrayNode, arrayBytes, keysOf, type ObjectNode, objectBytes, objectNode } from "./nodes.ts";

const MiB = 1024 * 1024;
const KEYS = ["text"];
const object = (text: string, keys: readonly string[] = KEYS) => objectNode(keys, [text], objectBytes(keys, [text]));
/** An object that says of itself that it weighs so much. */
const heavy = (bytes: number, text = "heavy") => objectNode(KEYS, [text], bytes);
const array = (prefix: ArrayNode | undefined, ...items: (string | ObjectNode)[]) =>
  new ArrayNode(prefix, items, arrayBytes(prefix, items));

describe("objects of one name", () => {
  test("are one node when their values are the same, and only then", () => {
    const memory = new CaptureMemory();
    const first = object("a");
    expect(memory.sharedObject("x", first)).toBe(first);
    expect(memory.sharedObject("x", object("a"))).toBe(first);
    const other = object("b");
    expect(memory.sharedObject("x", other)).toBe(other);
    expect(memory.sharedObject("y", object("a"))).not.toBe(first);
    // The keys are shared lists: equal ones are the same one.
    expect(memory.sharedObject("x", object("a", ["name"]))).not.toBe(first);
  });

  test("are remembered four at a time: the one that was not used for longest is forgotten", () => {
    const memory = new CaptureMemory();
    const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((text) => object(text)) as ObjectNode[];
    for (const node of [a!, b!, c!, d!]) memory.sharedObject("x", node);
    expect(memory.sharedObject("x", object("a"))).toBe(a);
    memory.sharedObject("x", e!);
    expect(memory.sharedObject("x", object("a"))).toBe(a);
    expect(memory.sharedObject("x", object("c"))).toBe(c);
    expect(memory.sharedObject("x", object("b"))).not.toBe(b);
  });

  test("are forgotten, all of them, when there are more than 64 names or 16 MiB", () => {
    const memory = new CaptureMemory();
    const nodes = Array.from({ length: 65 }, (_, n) => object(`${n}`));
    for (const [n, node] of nodes.entries()) if (n < 64) memory.sharedObject(`name ${n}`, node);
    expect(memory.sharedObject("name 0", object("0"))).toBe(nodes[0]);
    memory.sharedObject("name 64", nodes[64]!);
    expect(memory.sharedObject("name 64", object("64"))).toBe(nodes[64]);
    expect(memory.sharedObject("name 0", object("0"))).not.toBe(nodes[0]);

    const full = new CaptureMemory();
    const [half, whole] = [heavy(8 * MiB, "1"), heavy(8 * MiB, "2")];
    full.sharedObject("x", half);
    full.sharedObject("x", whole);
    expect(full.sharedObject("x", heavy(8 * MiB, "1"))).toBe(half);
    const last = object("one more");
    full.sharedObject("y", last);
    expect(full.sharedObject("y", object("one more"))).toBe(last);
    expect(full.sharedObject("x", heavy(8 * MiB, "1"))).not.toBe(half);
  });

  test("are not remembered when one alone is too large", () => {
    const memory = new CaptureMemory();
    const large = heavy(16 * MiB + 1);
    expect(memory.sharedObject("x", large)).toBe(large);
    expect(memory.sharedObject("x", heavy(16 * MiB + 1))).not.toBe(large);
    const most = heavy(16 * MiB);
    expect(memory.sharedObject("y", most)).toBe(most);
    expect(memory.sharedObject("y", heavy(16 * MiB))).toBe(most);
  });

  test("count without the large containers in them, which are remembered themselves", () => {
    const memory = new CaptureMemory();
    const history = array(undefined, "x".repeat(REMEMBERED_BYTES));
    const holding = (n: number) => objectNode(["history", "n"], [history, n], 10 * MiB);
    const grown = new ArrayNode(undefined, ["x"], 10 * MiB);
    const step = (n: number) => objectNode(["history", "n"], [grown, n], 10 * MiB + 20);
    const kept = step(0);
    memory.sharedObject("step", kept);
    for (let n = 1; n <= 3; n += 1) memory.sharedObject("step", step(n));
    const keys = keysOf(kept);
    expect(memory.sharedObject("step", objectNode(keys, [grown, 0], 10 * MiB + 20))).toBe(kept);
    const counted = new CaptureMemory();
    const first = holding(0);
    counted.sharedObject("x", first);
    counted.sharedObject("x", holding(1));
    expect(counted.sharedObject("x", objectNode(keysOf(first), [history, 0], 10 * MiB))).not.toBe(first);
  });
});

describe("arrays of one name", () => {
  test("are found by what they begin with: the last one first, another where the last one parts from it", () => {
    const memory = new CaptureMemory();
    expect(memory.lastArray("messages")).toBeUndefined();
    const [system, hello, bye] = ["system", "hello", "bye"].map((text) => object(text)) as [
      ObjectNode,
      ObjectNode,
      ObjectNode,
    ];
    const planner = array(undefined, system, hello);
    const writer = array(undefined, system, bye);
    memory.rememberArray("messages", planner);
    memory.rememberArray("messages", writer);
    const last = memory.lastArray("messages")!;
    expect(last.node).toBe(writer);
    expect(memory.otherArray("messages", last, 1, object("hello"))?.node).toBe(planner);
    expect(memory.otherArray("messages", last, 1, object("bye"))).toBeUndefined();
    expect(memory.otherArray("messages", last, 2, object("hello"))).toBeUndefined();
    expect(memory.otherArray("messages", { node: planner, items: [hello, hello] }, 1, object("hello"))).toBeUndefined();
    expect(memory.otherArray("tools", last, 1, object("hello"))).toBeUndefined();
    expect(new CaptureMemory().otherArray("messages", last, 0, system)).toBeUndefined();
  });

  test("grow in place, and one that is part of a longer one is found as that", () => {
    const memory = new CaptureMemory();
    const first = array(undefined, "a", "b");
    const grown = array(first, "c");
    memory.rememberArray("m", first);
    memory.rememberArray("m", grown);
    expect(memory.lastArray("m")!.node).toBe(grown);
    expect(memory.lastArray("m")!.items).toEqual(["a", "b", "c"]);
    memory.rememberArray("m", array(undefined, "other"));
    memory.rememberArray("m", first);
    expect(memory.lastArray("m")!.node).toBe(grown);
    expect(memory.lastArray("m")!.items).toEqual(["a", "b", "c"]);
  });

  test("one that grows when there is no more room is all that is remembered, and counts whole", () => {
    const memory = new CaptureMemory();
    const first = new ArrayNode(undefined, ["a"], 10 * MiB);
    const grown = new ArrayNode(first, ["b"], 12 * MiB);
    memory.rememberArray("m", first);
    memory.rememberArray("n", new ArrayNode(undefined, ["c"], 5 * MiB));
    memory.rememberArray("m", grown);
    expect([memory.lastArray("m")?.items, memory.lastArray("n")]).toEqual([["a", "b"], undefined]);
    memory.rememberArray("n", new ArrayNode(undefined, ["c"], 5 * MiB));
    expect([memory.lastArray("m"), memory.lastArray("n")?.items]).toEqual([undefined, ["c"]]);
  });

  test("are bounded like objects: four of a name, and together 16 MiB", () => {
    const memory = new CaptureMemory();
    for (const text of ["a", "b", "c", "d", "e"]) memory.rememberArray("m", array(undefined, text, text));
    const none = { node: array(undefined, "z"), items: [] };
    const found = (text: string) => memory.otherArray("m", none, 0, text) !== undefined;
    expect(["a", "b", "c", "d", "e"].map(found)).toEqual([false, true, true, true, true]);
    memory.rememberArray("m", new ArrayNode(undefined, ["f"], 16 * MiB));
    expect(["b", "e"].map(found)).toEqual([false, false]);
    memory.rememberArray("n", new ArrayNode(undefined, ["g"], 16 * MiB + 1));
    expect(memory.lastArray("n")).toBeUndefined();
  });
});

test("an equal node is looked for from a place on, then before it, and not behind the length", () => {
  const list = ["a", "b", "a", "b", "c"].map((text) => object(text));
  expect(findEqual(object("a"), list, 5, 1)).toBe(2);
  expect(findEqual(object("a"), list, 5, 3)).toBe(2);
  expect(findEqual(object("b"), list, 5, 3)).toBe(3);
  expect(findEqual(object("a"), list, 5, 9)).toBe(2);
  expect(findEqual(object("a"), list, 1, 0)).toBe(0);
  expect(findEqual(object("c"), list, 4, 0)).toBe(-1);
  expect(findEqual(object("b"), list, 2, 2)).toBe(1);
});

test("nodes of equal size are equal only with equal content", () => {
  expect(equalNodes(object("a"), object("b"))).toBe(false);
  expect(equalNodes(object("a"), object("a", ["text"]))).toBe(true);
  expect(equalNodes(object("a"), "a")).toBe(false);
  expect(equalNodes("a", object("a"))).toBe(false);
  const [two, joined] = [array(undefined, "a", "b"), array(array(undefined, "a"), "b")];
  expect(equalNodes(two, joined)).toBe(true);
  expect(equalNodes(heavy(9, "a"), new ArrayNode(undefined, ["a"], 9))).toBe(false);
  expect(equalNodes(new ArrayNode(undefined, ["a"], 9), new ArrayNode(undefined, ["a", "b"], 9))).toBe(false);
  expect(equalNodes(new ArrayNode(undefined, ["a", "c"], 9), new ArrayNode(undefined, ["a", "b"], 9))).toBe(false);
});

describe("all memories of a process", () => {
  test("remember 64 MiB together: beyond that all of them forget, also those that nobody uses", () => {
    const kept = Array.from({ length: 300 }, () => new CaptureMemory());
    const remembered = () => kept.filter((memory) => memory.lastArray("list") !== undefined).length;
    let most = 0;
    let forgot = 0;
    for (const memory of kept) {
      const before = remembered();
      memory.rememberArray("list", new ArrayNode(undefined, [heavy(MiB)], MiB));
      const now = remembered();
      expect([1, before + 1]).toContain(now);
      if (now === 1 && before > 0) forgot += 1;
      most = Math.max(most, now);
    }
    expect(forgot).toBeGreaterThanOrEqual(4);
    expect(most).toBe(63);
  });

  test("go on to share afterwards", () => {
    const [idle, busy] = [new CaptureMemory(), new CaptureMemory()];
    const old = heavy(MiB, "old");
    idle.sharedObject("x", old);
    for (let n = 0; n < 80; n++) busy.sharedObject("y", heavy(MiB, `${n}`));
    expect(idle.sharedObject("x", heavy(MiB, "old"))).not.toBe(old);
    const now = heavy(MiB, "now");
    expect(idle.sharedObject("x", now)).toBe(now);
    expect(idle.sharedObject("x", heavy(MiB, "now"))).toBe(now);
  });

  test("count small ones too", () => {
    const first = new CaptureMemory();
    const node = object("a");
    first.sharedObject("x", node);
    for (let n = 0; n < 140_000; n++) new CaptureMemory().rememberArray("list", array(undefined, "b"));
    expect(first.sharedObject("x", object("a"))).not.toBe(node);
  });
});
