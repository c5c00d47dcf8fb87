import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Body, bodyOf, EMPTY_BODY } from "./body.ts";
import { BodyWriter } from "./body-writer.ts";
import { CHUNK_BYTES, ChunkPool } from "./chunk-pool.ts";
import { compressing } from "./compression.ts";
import { FragmentCache } from "./fragment-cache.ts";
import { JsonEncoder, SLICE_BYTES } from "./json-encoder.ts";
import { ListWriter } from "./list-writer.ts";
import { RecentStrings } from "./recent-strings.ts";
import { sliceTurn } from "./slice-turns.ts";

const textOf = (body: Body) => Buffer.concat(body.pieces as Uint8Array[]).toString();

test("a body of pieces is as long as they are, and may be released", () => {
  const body = bodyOf(Buffer.from("ab"), Buffer.from("cde"));
  expect([textOf(body), body.bytes]).toEqual(["abcde", 5]);
  body.release();
  expect([EMPTY_BODY.pieces, EMPTY_BODY.bytes]).toEqual([[], 0]);
});

test("a compressed body is the same, and shorter", async () => {
  const body = bodyOf(Buffer.from("a".repeat(10_000)), Buffer.from("b"));
  const compressed = await compressing("gzip")(body, async (sent) => ({ ...sent, status: 200 }));
  expect(gunzipSync(Buffer.concat(compressed.pieces as Uint8Array[])).toString()).toBe(`${"a".repeat(10_000)}b`);
  expect(compressed.bytes).toBe(Buffer.concat(compressed.pieces as Uint8Array[]).length);
  expect(compressed.bytes).toBeLessThan(200);
});

describe("a pool of chunks", () => {
  test("gives what came back, as long as it is of the usual length", () => {
    const pool = new ChunkPool();
    const usual = pool.take(1);
    expect(usual).toHaveLength(CHUNK_BYTES);
    const large = pool.take(CHUNK_BYTES + 1);
    expect(large).toHaveLength(CHUNK_BYTES + 1);
    pool.giveBack(large);
    pool.giveBack(usual);
    expect(pool.take(CHUNK_BYTES + 1)).not.toBe(usual);
    expect(pool.take(CHUNK_BYTES)).toBe(usual);
    expect([usual, large]).not.toContain(pool.take(1));
  });

  test("keeps 48 of them", () => {
    const pool = new ChunkPool();
    const chunks = Array.from({ length: 50 }, () => pool.take(1));
    for (const chunk of chunks) pool.giveBack(chunk);
    const known = new Set(chunks);
    const again = Array.from({ length: 50 }, () => pool.take(1));
    expect(again.filter((chunk) => known.has(chunk))).toHaveLength(48);
  });
});

describe("a writer of a body", () => {
  const writer = (pool = new ChunkPool()) => new BodyWriter(pool);

  test("writes texts and bytes of any length in their order", () => {
    const out = writer();
    const parts: string[] = [];
    for (const length of [0, 1, 8_191, 8_192, 10, 32_767, 32_768, 5, 300_000, 3, CHUNK_BYTES, 1]) {
      for (const [index, unit] of ["a", "é", "漢"].entries()) {
        const part = unit.repeat(Math.ceil(length / (index + 1)));
        parts.push(part, part);
        out.text(part);
        out.bytes(Buffer.from(part));
      }
    }
    const body = out.finish();
    expect(textOf(body) === parts.join("")).toBe(true);
    expect(body.bytes).toBe(Buffer.byteLength(parts.join("")));
  });

  test("packs what is small, and passes on what is large as it is", () => {
    const out = writer();
    for (let i = 0; i < 100; i++) out.text("small");
    const large = Buffer.alloc(32 * 1024, "x");
    out.bytes(large);
    out.bytes(large.subarray(1));
    out.text("end");
    const { pieces } = out.finish();
    expect(pieces).toHaveLength(3);
    expect(pieces[1]).toBe(large);
    expect(pieces[2]).toHaveLength(32 * 1024 - 1 + 3);
  });

  test("counts its work: text as it is long, bytes as a part of that, what is passed on not at all", () => {
    const out = writer();
    out.text("a".repeat(100));
    expect(out.work).toBe(100);
    out.bytes(Buffer.alloc(1_000));
    expect(out.work).toBe(500);
    out.bytes(Buffer.alloc(32 * 1024));
    expect(out.work).toBe(500);
  });

  test("gives its memory back once, when the body is released", () => {
    const pool = new ChunkPool();
    const body = (() => {
      const out = writer(pool);
      out.text("x".repeat(CHUNK_BYTES));
      out.text("y".repeat(CHUNK_BYTES));
      return out.finish();
    })();
    body.release();
    body.release();
    const [a, b, c] = [pool.take(1), pool.take(1), pool.take(1)];
    expect(new Set([a, b, c].map(({ buffer }) => buffer)).size).toBe(3);
    const known = new Set(body.pieces.map(({ buffer }) => buffer));
    expect([a, b, c].filter(({ buffer }) => known.has(buffer))).toHaveLength(2);
  });

  test("of nothing is a body of nothing", () => {
    const body = writer().finish();
    expect([body.pieces, body.bytes]).toEqual([[], 0]);
  });
});

describe("a list", () => {
  const write = (items: unknown[]) => {
    const out = new BodyWriter(new ChunkPool());
    const list = new ListWriter(out, new JsonEncoder());
    for (const item of items) for (const _ of list.add(item) ?? []);
    list.finish();
    list.finish();
    return textOf(out.finish());
  };

  test("has commas between small and large items, however they alternate", () => {
    const large = { a: "x".repeat(2_000) };
    for (const items of [
      [],
      [1],
      [large],
      [1, large],
      [large, 1],
      [1, large, 2, 3, large, large, 4],
      Array(100).fill(1),
    ]) {
      expect(`[${write(items)}]`).toBe(JSON.stringify(items));
    }
  });

  test("looks at 32 small items together: what changes afterwards is not seen", () => {
    const out = new BodyWriter(new ChunkPool());
    const list = new ListWriter(out, new JsonEncoder());
    const item = { a: 1 };
    list.add(item);
    for (let i = 0; i < 30; i++) list.add(0);
    expect(out.work).toBe(0);
    list.add(0);
    expect(out.work).toBeGreaterThan(0);
    item.a = 2;
    list.finish();
    expect(textOf(out.finish()).startsWith('{"a":1},0')).toBe(true);
  });
});

describe("what was found out about recent strings", () => {
  test("stays while they are used, within the bound", () => {
    const recent = new RecentStrings<number>(20);
    recent.set("aaaaa", 1);
    recent.set("bbbbb", 2);
    recent.set("ccccc", 3);
    // The first two are the old generation now: who is used comes back, who is not leaves.
    expect(recent.get("aaaaa")).toBe(1);
    recent.set("ddddd", 4);
    expect([recent.get("bbbbb"), recent.get("aaaaa"), recent.get("ccccc"), recent.get("ddddd")]).toEqual([
      undefined,
      1,
      3,
      4,
    ]);
    expect(recent.get("unknown")).toBeUndefined();
  });

  test("is not kept where it weighs more than half of the bound", () => {
    const recent = new RecentStrings<number>(20);
    recent.set("a".repeat(10), 1);
    recent.set("b".repeat(11), 2);
    recent.set("c", 3, 11);
    expect([recent.get("a".repeat(10)), recent.get("b".repeat(11)), recent.get("c")]).toEqual([
      1,
      undefined,
      undefined,
    ]);
  });
});

describe("a cache of encodings", () => {
  const bytes = (length: number) => Buffer.alloc(length);

  test("is asked to keep what came before, and gives it for the very same text or part", () => {
    const cache = new FragmentCache(1_000);
    const [text, node] = ["a prompt of some length", {}];
    expect([cache.isTextKnown(text), cache.isTextKnown(text)]).toEqual([false, true]);
    expect([cache.isNodeKnown(node), cache.isNodeKnown(node)]).toEqual([false, true]);
    expect([cache.ofText(text), cache.ofNode(node)]).toEqual([undefined, undefined]);
    const [ofText, ofNode] = [bytes(10), bytes(20)];
    cache.keepText(text, ofText);
    cache.keepNode(node, ofNode);
    expect(cache.ofText(text)).toBe(ofText);
    expect(cache.ofNode(node)).toBe(ofNode);
    expect(cache.ofNode({})).toBeUndefined();
    expect(cache.bytes).toBe(60);
  });

  test("tells texts apart that look alike in the characters that are looked at", () => {
    const cache = new FragmentCache(100_000);
    const base = "x".repeat(1_000);
    const other = `${base.slice(0, 1)}y${base.slice(2)}`;
    cache.isTextKnown(base);
    expect(cache.isTextKnown(base)).toBe(true);
    cache.keepText(base, bytes(10));
    expect(cache.ofText(other)).toBeUndefined();
    // The place is taken: they would push each other out.
    expect(cache.isTextKnown(other)).toBe(false);
    expect(cache.ofText(base)).toHaveLength(10);
  });

  test.each([
    ["the first characters", (text: string) => `y${text.slice(1)}`],
    ["the last characters", (text: string) => `${text.slice(0, -1)}y`],
    ["the eighth from the end", (text: string) => `${text.slice(0, -8)}y${text.slice(-7)}`],
    ["the length", (text: string) => `${text}x`],
  ])("tells texts apart by %s", (_what, change) => {
    const cache = new FragmentCache(100_000);
    const text = "x".repeat(1_000);
    cache.keepText(text, bytes(10));
    expect([cache.isTextKnown(change(text)), cache.isTextKnown(change(text))]).toEqual([false, true]);
  });

  test("stays within its bound: what was not used since the last turn goes", () => {
    const cache = new FragmentCache(200);
    const nodes = Array.from({ length: 6 }, () => ({}));
    const keep = (index: number) => cache.keepNode(nodes[index]!, bytes(25));
    for (const index of [0, 1]) keep(index);
    expect(cache.bytes).toBe(100);
    keep(2);
    expect(cache.bytes).toBe(150);
    expect(cache.ofNode(nodes[0]!)).toHaveLength(25);
    expect(cache.bytes).toBe(150);
    keep(3);
    expect(cache.bytes).toBeLessThanOrEqual(200);
    expect([cache.ofNode(nodes[1]!), cache.ofNode(nodes[0]!), cache.ofNode(nodes[3]!)]).toEqual([
      undefined,
      bytes(25),
      bytes(25),
    ]);
    cache.keepNode(nodes[4]!, bytes(51));
    expect(cache.ofNode(nodes[4]!)).toBeUndefined();
    cache.keepNode(nodes[5]!, bytes(50));
    expect(cache.ofNode(nodes[5]!)).toHaveLength(50);
  });
});

test("slices are given their turns in the order of asking, each in a turn of the event loop of its own", async () => {
  const order: string[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const slices = [1, 2, 3].map((index) => sliceTurn().then(() => order.push(`slice ${index}`)));
  for (let i = 0; i < 4; i++) {
    await turn();
    order.push("turn");
  }
  await Promise.all(slices);
  expect(order.filter((entry) => entry !== "turn")).toEqual(["slice 1", "slice 2", "slice 3"]);
  for (const entry of ["slice 1", "slice 2"]) expect(order[order.indexOf(entry) + 1]).toBe("turn");
  expect(SLICE_BYTES).toBeGreaterThan(0);
});
