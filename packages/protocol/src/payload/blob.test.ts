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
