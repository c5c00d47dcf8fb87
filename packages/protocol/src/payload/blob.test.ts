import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonValue } from "../testing/arbitraries.ts";
import { BlobEncoder, BlobRestorer } from "./blob.ts";

function nameBlob(encoded: string): string {
  return createHash("sha256").update(encoded).digest("hex").slice(0, 32);
}

function restorerOf(encoder: BlobEncoder): BlobRestorer {
  return new BlobRestorer(new Map([...encoder.blobs].map(([name, text]) => [name, JSON.parse(text) as unknown])));
}

const payload = fc.oneof(jsonValue, fc.array(jsonValue, { minLength: 9, maxLength: 200, size: "max" }));

const A = "a".repeat(32);
const B = "b".repeat(32);

describe("a payload whose large parts became blobs", () => {
  test("is restored exactly, whatever its keys and values look like", () => {
    fc.assert(
      fc.property(payload, fc.constantFrom(0, 10, 256), fc.boolean(), (value, thresholdBytes, runs) => {
        const encoder = new BlobEncoder({ nameBlob, thresholdBytes, runs });
        const encoded = JSON.parse(encoder.encode(value)) as unknown;
        const restored = restorerOf(encoder).restore(encoded);
        expect(restored).toEqual({ ok: true, value });
        expect(JSON.stringify(restored.ok && restored.value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  test("is encoded in steps as it is in one go, wherever it is left", () => {
    const beginName = () => {
      const sha256 = createHash("sha256");
      return { update: (part: string) => void sha256.update(part), name: () => sha256.digest("hex").slice(0, 32) };
    };
    const long = fc.constantFrom("a", "é", "😀", "\ud800", '"').map((unit) => `x${unit.repeat(70_000)}`);
    fc.assert(
      fc.property(fc.oneof(payload, fc.array(long, { maxLength: 2 })), fc.boolean(), fc.nat(), (value, runs, odds) => {
        const whole = new BlobEncoder({ nameBlob, runs });
        const stepped = new BlobEncoder({ nameBlob, runs });
        let asked = odds;
        const isLarge = () => ++asked % 3 > 0;
        const pause = () => ++asked % 2 > 0;
        const steps = stepped.encodeSteps(value, { isLarge, pause, beginName });
        let step = steps.next();
        while (step.done !== true) step = steps.next();
        expect(step.value).toBe(whole.encode(value));
        expect([...stepped.blobs]).toEqual([...whole.blobs]);
      }),
      { numRuns: 200 },
    );
  });

  test("costs its growth, not its history", () => {
    const encoder = new BlobEncoder({ nameBlob });
    const messages = Array.from({ length: 20 }, (_, i) => ({ role: "user", content: `${i}`.repeat(1000) }));
    for (let step = 1; step <= messages.length; step++) encoder.encode({ messages: messages.slice(0, step) });
    const kept = [...encoder.blobs.values()].reduce((sum, text) => sum + text.length, 0);
    const distinct = JSON.stringify(messages).length;
    expect(kept).toBeLessThan(distinct * 1.8);
  });

  test("names a blob by the bytes that JSON.stringify gives", () => {
    const text = "prompt ".repeat(100);
    const encoder = new BlobEncoder({ nameBlob });
    expect(encoder.encode(text)).toBe(`{"$blob":"${nameBlob(JSON.stringify(text))}"}`);
  });

  test("escapes an application's own $blob keys", () => {
    const value = { $blob: A, $$blob: 1, blob: 2, $blobs: 3 };
    expect(new BlobEncoder({ nameBlob }).encode(value)).toBe(`{"$$blob":"${A}","$$$blob":1,"blob":2,"$blobs":3}`);
  });
});

describe("a long array in runs", () => {
  const messages = Array.from({ length: 2_000 }, (_, i) => ({ role: "user", content: `${i} `.repeat(300) }));

  test("costs what is new in it when it has grown", () => {
    const encoder = new BlobEncoder({ nameBlob, runs: true });
    const sizeOf = () => [...encoder.blobs.values()].reduce((sum, text) => sum + text.length, 0);
    encoder.encode(messages);
    const before = sizeOf();
    const { length } = encoder.encode([...messages, messages[0]]);
    expect(sizeOf() - before + length).toBeLessThan(4 * 8 * 48);
  });

  test("has no part that what comes later changes", () => {
    const [short, long] = [new BlobEncoder({ nameBlob, runs: true }), new BlobEncoder({ nameBlob, runs: true })];
    short.encode(messages.slice(0, 1_000));
    long.encode(messages);
    const lost = [...short.blobs.keys()].filter((name) => !long.blobs.has(name));
    expect(lost).toHaveLength(1);
  });
});

describe("hostile blobs are answered with a message", () => {
  test.each<[why: string, value: unknown, blobs: Record<string, unknown>, message: string]>([
    ["a name that is not there", { $blob: A }, {}, "is not in the batch"],
    ["a name of the prototype", { $blob: "toString" }, {}, "32 hex digits"],
    ["a reference with company", { $blob: A, x: 1 }, { [A]: 1 }, "nothing but"],
    ["a run that is no array", [{ $blob: `+${A}` }], { [A]: { length: 3 } }, "can't be a run"],
    ["a run outside an array", { $blob: `+${A}` }, { [A]: [1] }, "32 hex digits"],
    ["a run with company", [{ $blob: `+${A}`, x: 1 }], { [A]: [1] }, "nothing but"],
    ["a run that contains itself", [{ $blob: `+${A}` }], { [A]: [{ $blob: `+${A}` }] }, "contains itself"],
    ["a blob that contains itself", [{ $blob: A }], { [A]: [{ $blob: B }], [B]: [{ $blob: A }] }, "contains itself"],
  ])("%s", (_why, value, blobs, message) => {
    const restored = new BlobRestorer(new Map(Object.entries(blobs))).restore(value);
    expect(restored).toMatchObject({ ok: false, message: expect.stringContaining(message) as string });
  });

  test("blobs that multiply each other stop at the limit, having cost nothing", () => {
    const blobs = new Map<string, unknown>();
    for (let level = 0; level < 30; level++) {
      const below = (level - 1).toString(16).padStart(32, "0");
      blobs.set(level.toString(16).padStart(32, "0"), level === 0 ? "lol" : Array(10).fill({ $blob: below }));
    }
    const restored = new BlobRestorer(blobs).restore({ $blob: (29).toString(16).padStart(32, "0") });
    expect(restored).toEqual({ ok: false, message: "a payload is too large after its blobs are put back" });
  });

  test("runs that multiply each other stop before they take the memory of as many places", () => {
    const nameOf = (level: number) => level.toString(16).padStart(32, "0");
    const blobs = new Map<string, unknown>();
    for (let level = 0; level < 30; level++) {
      blobs.set(nameOf(level), level === 0 ? [0] : Array(10).fill({ $blob: `+${nameOf(level - 1)}` }));
    }
    const restorer = new BlobRestorer(blobs);
    const payloads = Array.from({ length: 100 }, (_, i) => [i, { $blob: `+${nameOf(6)}` }]);
    expect(payloads.map((each) => restorer.restore(each).ok)).toContain(false);
    expect(restorer.isExhausted).toBe(true);
    expect(new BlobRestorer(blobs).restore([{ $blob: `+${nameOf(29)}` }]).ok).toBe(false);
  });

  test("runs that nest each other stop at the depth limit", () => {
    const blobs = new Map<string, unknown>();
    for (let level = 0; level < 5000; level++) {
      blobs.set(level.toString(16).padStart(32, "0"), [{ $blob: `+${(level + 1).toString(16).padStart(32, "0")}` }]);
    }
    expect(new BlobRestorer(blobs).restore([{ $blob: `+${"0".repeat(32)}` }])).toMatchObject({
      ok: false,
      message: "a payload is nested too deeply: more than 128 containers",
    });
  });

  test("the depth of a blob that was put back before counts wherever it is named again", () => {
    const nested = (depth: number, inside: unknown) => {
      let value = inside;
      for (let level = 0; level < depth; level++) value = [value];
      return value;
    };
    const restorer = new BlobRestorer(new Map([[A, nested(100, 1)]]));
    expect(restorer.restore({ $blob: A })).toMatchObject({ ok: true });
    expect(restorer.restore(nested(28, { $blob: A }))).toMatchObject({ ok: true });
    expect(restorer.restore(nested(29, { $blob: A }))).toMatchObject({ ok: false });
  });

  test("blobs that nest each other stop at the depth limit", () => {
    const blobs = new Map<string, unknown>();
    for (let level = 0; level < 5000; level++) {
      blobs.set(level.toString(16).padStart(32, "0"), [{ $blob: (level + 1).toString(16).padStart(32, "0") }]);
    }
    blobs.set((5000).toString(16).padStart(32, "0"), 1);
    expect(new BlobRestorer(blobs).restore({ $blob: "0".repeat(32) })).toMatchObject({ ok: false });
  });
});

describe("what becomes a blob", () => {
  const encode = (value: unknown, options: Partial<ConstructorParameters<typeof BlobEncoder>[0]> = {}) => {
    const encoder = new BlobEncoder({ nameBlob, ...options });
    return [encoder.encode(value), [...encoder.blobs.values()]];
  };

  test("is what is as long as the threshold, 256 unless it is said", () => {
    expect(encode("x".repeat(253))).toEqual([`"${"x".repeat(253)}"`, []]);
    expect(encode("x".repeat(254))[1]).toEqual([`"${"x".repeat(254)}"`]);
    expect(encode("x".repeat(8), { thresholdBytes: 10 })[1]).toHaveLength(1);
    expect(encode("x", { thresholdBytes: 0 })[1]).toHaveLength(1);
  });

  test("is no property that is undefined, and no item either", () => {
    expect(encode({ a: undefined, b: [undefined, null] })).toEqual(['{"b":[null,null]}', []]);
    expect(encode(undefined)).toEqual(["null", []]);
  });

  test("is no run unless it is asked for, and a run of eight only when it is long", () => {
    const items = Array.from({ length: 64 }, (_, i) => `item ${i}`);
    expect(encode(items, { thresholdBytes: 60 })[1]).toEqual([JSON.stringify(items)]);
    const [, runs] = encode(items, { thresholdBytes: 60, runs: true });
    expect(runs).toContain(JSON.stringify(items.slice(0, 8)));
    const eight = JSON.stringify(items.slice(8, 16));
    expect(encode(items, { thresholdBytes: eight.length, runs: true })[1]).toContain(eight);
    expect(encode(items, { thresholdBytes: eight.length + 1, runs: true })[1]).not.toContain(eight);
  });

  test("with a memory is walked again unless all its blobs are here or kept", () => {
    const memory = new WeakMap();
    const [a, b] = ["a".repeat(300), "b".repeat(300)];
    const payload = { a, b };
    const whole = encode(payload, { memory });
    expect(whole[1]).toHaveLength(2);
    expect(encode(payload, { memory })).toEqual(whole);
    const isKept = (name: string) => name === nameBlob(JSON.stringify(a));
    expect(encode(payload, { memory, isKept })).toEqual(whole);
    expect(encode(payload, { memory, isKept: () => true })).toEqual([whole[0], []]);
  });
});

describe("what is put back", () => {
  const restore = (value: unknown, blobs: Record<string, unknown> = {}, maxBytes?: number) =>
    new BlobRestorer(new Map(Object.entries(blobs)), maxBytes).restore(value);
  const kept = new String("1".repeat(1000));

  test("is the payload itself where nothing is to be put back in a small one", () => {
    const small = { query: "weather", list: [1, null, { deep: [true] }], blob: "$blob" };
    const restored = restore(small);
    expect(restored.ok && restored.value).toBe(small);
    expect(restore({ list: [{ $$blob: 1 }] })).toEqual({ ok: true, value: { list: [{ $blob: 1 }] } });
    expect(restore({ list: [{ $blob: "0".repeat(32) }] }, { ["0".repeat(32)]: 5 })).toEqual({
      ok: true,
      value: { list: [5] },
    });
  });

  test.each<[what: string, value: unknown]>([
    ["texts", Array(1_000).fill("")],
    ["long texts", Array(10).fill("x".repeat(1_000))],
    ["names", Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`name ${i}`, ""]))],
    ["numbers that no double holds", Array(10).fill(kept)],
    ["containers", Array(1_000).fill([])],
  ])("is measured about as long as it is as JSON: %s", (_what, value) => {
    const bytes = JSON.stringify(value).length;
    expect(restore(value, {}, bytes * 1.1).ok).toBe(true);
    expect(restore(value, {}, bytes * 0.9)).toEqual({
      ok: false,
      message: "a payload is too large after its blobs are put back",
    });
  });

  test("is measured wherever a blob is named, as a value and as a run", () => {
    const long = Array(10).fill("x".repeat(100));
    expect(restore([{ $blob: A }, { $blob: A }], { [A]: long }, 2_200).ok).toBe(true);
    expect(restore([{ $blob: A }, { $blob: A }], { [A]: long }, 1_900).ok).toBe(false);
    expect(restore([{ $blob: `+${A}` }, { $blob: `+${A}` }], { [A]: long }, 2_200)).toEqual({
      ok: true,
      value: [...long, ...long],
    });
    expect(restore([{ $blob: `+${A}` }, { $blob: `+${A}` }], { [A]: long }, 1_900).ok).toBe(false);
  });

  test("may be 128 containers deep, those of its blobs and runs included", () => {
    const nested = (containers: number, inside: unknown): unknown =>
      containers === 0 ? inside : [nested(containers - 1, inside)];
    expect(restore(nested(128, 1)).ok).toBe(true);
    expect(restore(nested(129, 1)).ok).toBe(false);
    expect(restore(nested(127, { $blob: `+${A}` }), { [A]: nested(2, 1) }).ok).toBe(true);
    expect(restore(nested(128, { $blob: `+${A}` }), { [A]: nested(2, 1) }).ok).toBe(false);
  });

  test.each<[what: string, reference: unknown]>([
    ["with more beside the name", { $blob: A, more: 1 }],
    ["with a number", { $blob: 5 }],
    ["with a name of other digits", { $blob: A.toUpperCase().replace("A", "G") }],
    ["with a longer name", { $blob: `${A}0` }],
    ["with something before the name", { $blob: `x${A}` }],
    ["to a run outside of an array", { $blob: `+${A}` }],
  ])("is no reference %s", (_what, reference) => {
    const message = "a blob reference must be an object with nothing but 32 hex digits under $blob";
    expect(restore({ a: reference }, { [A]: [1] })).toEqual({ ok: false, message });
  });

  test.each<[what: string, reference: unknown]>([
    ["with more beside the name", { $blob: `+${A}`, more: 1 }],
    ["with a longer name", { $blob: `+${A}0` }],
    ["with a number", { $blob: 5 }],
  ])("is no run %s", (_what, reference) => {
    expect(restore([reference], { [A]: [1] }).ok).toBe(false);
  });

  test("is no run of what is no array, and names that are missing are told", () => {
    expect(restore([{ $blob: `+${A}` }], { [A]: { a: 1 } })).toEqual({
      ok: false,
      message: `blob ${A} is no array, so it can't be a run`,
    });
    const restorer = new BlobRestorer(new Map([[A, { $blob: A }]]));
    expect(restorer.restore([{ $blob: B }])).toEqual({ ok: false, message: `blob ${B} is not in the batch` });
    expect([...restorer.missing]).toEqual([B]);
    // A circle is one every time: what was under way when it was found is none any more.
    const circle = { ok: false, message: `blob ${A} contains itself` };
    expect([restorer.restore({ $blob: A }), restorer.restore({ $blob: A })]).toEqual([circle, circle]);
    expect(restorer.restore([1])).toEqual({ ok: true, value: [1] });
  });

  test("is exhausted by one place more than there are", () => {
    const items = Array(1024 * 1024).fill(0);
    const restorer = new BlobRestorer(new Map([[A, items]]), Number.POSITIVE_INFINITY);
    const runs = (count: number) => Array.from({ length: count }, () => ({ $blob: `+${A}` }));
    expect(restorer.restore(runs(8)).ok).toBe(true);
    expect(restorer.isExhausted).toBe(false);
    expect(restorer.restore(runs(1))).toEqual({
      ok: false,
      message: "arrays have too many items after their runs are put back",
    });
    expect(restorer.isExhausted).toBe(true);
  });
});
