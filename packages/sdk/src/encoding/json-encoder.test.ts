import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { CaptureMemory, Capturer, toJson } from "../capture/index.ts";
import { BodyBuilder } from "./body-builder.ts";
import { FragmentCache } from "./fragment-cache.ts";
import { JsonEncoder, SLICE_BYTES } from "./json-encoder.ts";

const builder = new BodyBuilder();

async function encoded(value: unknown, using = builder): Promise<Buffer> {
  const body = await using.one(value);
  const bytes = Buffer.concat(body.pieces as Uint8Array[]);
  expect(bytes.length).toBe(body.bytes);
  body.release();
  return bytes;
}

/** A difference of megabytes is not printed. */
function expectBytes(actual: Buffer, expected: Buffer): void {
  if (!actual.equals(expected)) expect(actual.toString().slice(0, 2_000)).toBe(expected.toString().slice(0, 2_000));
  expect(actual.equals(expected)).toBe(true);
}

/** How often the event loop turns meanwhile. */
function countTurns(): { stop(): number } {
  let turns = 0;
  let isCounting = true;
  const count = () => {
    turns += 1;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
  return {
    stop: () => {
      isCounting = false;
      return turns;
    },
  };
}

const stringified = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Strings around each limit of the encoder, of every kind of character. */
const anyString = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("a", "é", "漢", "😀", "\ud800", "\udc00", '"', "\\", "\n", "\0", "\u2028"), fc.nat(3_000))
      .map(([unit, length]) => unit.repeat(length)),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1_000, maxLength: 2_000 }) },
);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: "large" },
    fc.oneof(anyString, fc.double(), fc.integer(), fc.constantFrom(null, true, false, -0, 1e21, "", "__proto__")),
    fc.array(tie("tree"), { maxLength: 8 }),
    fc
      .array(
        fc.tuple(fc.oneof(anyString, fc.constantFrom("__proto__", "toJSON", "constructor", "1", "")), tie("tree")),
        {
          maxLength: 8,
        },
      )
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

describe("the bytes of a body", () => {
  test("are those of JSON.stringify for every tree, however often it is encoded", async () => {
    const property = fc.asyncProperty(tree, async (value) => {
      const expected = stringified(value);
      for (let round = 0; round < 3; round++) expectBytes(await encoded(value), expected);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test("are those of JSON.stringify for captured trees that share parts and continue each other", async () => {
    const property = fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 12 }), async (messages) => {
      const capturer = new Capturer();
      const memory = new CaptureMemory();
      const history: unknown[] = [];
      for (const message of messages) {
        history.push(message);
        const plain = toJson(capturer.capture({ messages: history }, memory) ?? null);
        expectBytes(await encoded(plain), stringified(plain));
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("a string longer than a piece is cut between characters, not through a surrogate pair", async () => {
    for (const pad of ["", "x"]) {
      const text = pad + "😀".repeat(200_000);
      expectBytes(await encoded({ text }), stringified({ text }));
    }
  });

  test("lone surrogates at the edge of a piece are escaped as JSON.stringify escapes them", async () => {
    const text = `${"x".repeat(64 * 1024 - 1)}\ud83d${"y".repeat(300_000)}\udc00`;
    expectBytes(await encoded(text), stringified(text));
  });
});

describe("a list", () => {
  const listed = async (values: readonly unknown[]) => {
    const body = await builder.list("<", values, (value, list) => list.add(value), ">");
    const bytes = Buffer.concat(body.pieces as Uint8Array[]);
    body.release();
    return bytes;
  };

  test("is what JSON.stringify makes of all its items, however small and large ones alternate", async () => {
    const large = fc.integer({ min: 1_000, max: 3_000 }).map((length) => ({ text: "x".repeat(length) }));
    const item = fc.oneof(fc.record({ id: fc.nat(), text: anyString }), large, fc.constantFrom(null, 0, "", [], {}));
    const property = fc.asyncProperty(fc.array(item, { maxLength: 200, size: "max" }), async (values) => {
      expectBytes(await listed(values), Buffer.from(`<${JSON.stringify(values).slice(1, -1)}>`));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("of thousands of small items gives others their turn", async () => {
    const values = Array.from({ length: 5_000 }, (_, i) => ({ id: i, text: "é".repeat(200) }));
    const turns = countTurns();
    const bytes = await listed(values);
    expect(turns.stop()).toBeGreaterThanOrEqual(Math.floor(bytes.length / (2 * SLICE_BYTES)));
    expectBytes(bytes, Buffer.from(`<${JSON.stringify(values).slice(1, -1)}>`));
  });

  test("P11 a toJSON that appears while it is encoded does not reach what is sent", async () => {
    const values = Array.from({ length: 2_000 }, (_, i) => ({ id: i, text: "t".repeat(300) }));
    const expected = Buffer.from(`<${JSON.stringify(values).slice(1, -1)}>`);
    setImmediate(() => {
      Object.defineProperty(Object.prototype, "toJSON", { value: () => "stolen", configurable: true });
    });
    try {
      expectBytes(await listed(values), expected);
      expect("toJSON" in {}).toBe(true);
    } finally {
      delete (Object.prototype as { toJSON?: unknown }).toJSON;
    }
  });
});

describe("P11 a polluted toJSON", () => {
  afterEach(() => {
    delete (Object.prototype as { toJSON?: unknown }).toJSON;
  });

  test("P11 Object.prototype.toJSON of the application does not reach what the tracer sends", async () => {
    const value = { a: [1, { b: "c".repeat(2_000) }], d: { e: null } };
    const expected = stringified(value);
    Object.defineProperty(Object.prototype, "toJSON", { value: () => "stolen", configurable: true });
    expectBytes(await encoded(value), expected);
  });
});

describe("slices", () => {
  test("a single span with many megabytes of fresh strings gives others their turn", async () => {
    const value = { parts: Array.from({ length: 40 }, (_, i) => String(i).repeat(100_000)) };
    const turns = countTurns();
    const body = await builder.one(value);
    expect(turns.stop()).toBeGreaterThanOrEqual(Math.floor(body.bytes / (2 * SLICE_BYTES)));
    body.release();
  });

  test("what has no JSON form is an error of the item, and the next body is not harmed", async () => {
    const cycle: { text: string; self?: unknown } = { text: "x".repeat(2_000) };
    cycle.self = cycle;
    await expect(builder.one(cycle)).rejects.toThrow(TypeError);
    await expect(builder.one({ n: 1n })).rejects.toThrow(TypeError);
    expect((await encoded({ ok: true })).toString()).toBe('{"ok":true}');
  });
});

describe("the cache", () => {
  test("distinct prompts are not kept: only what comes a second time is", async () => {
    const encoder = new JsonEncoder();
    const once = new BodyBuilder(encoder);
    for (let i = 0; i < 50; i++) await encoded({ prompt: `${i}:${"x".repeat(50_000)}${i}` }, once);
    expect(encoder.cacheBytes).toBe(0);
    const prompt = "y".repeat(50_000);
    for (let i = 0; i < 3; i++) await encoded({ prompt }, once);
    expect(encoder.cacheBytes).toBeGreaterThan(50_000);
  });

  test("stays within its bound whatever comes", async () => {
    const encoder = new JsonEncoder({ cacheBytes: 1024 * 1024 });
    const bounded = new BodyBuilder(encoder);
    for (let i = 0; i < 100; i++) {
      const prompt = `${i}:${"z".repeat(40_000 + i)}`;
      for (let round = 0; round < 3; round++) await encoded({ prompt }, bounded);
      expect(encoder.cacheBytes).toBeLessThanOrEqual(1024 * 1024);
    }
  });

  test("two prompts with the same fingerprint are never taken for each other", () => {
    const cache = new FragmentCache();
    // They differ only where the fingerprint does not look.
    const [first, second] = ["a", "b"].map((middle) => `${"x".repeat(20_001)}${middle}${"x".repeat(20_000)}`);
    cache.keepText(first!, Buffer.from("first"));
    expect(cache.ofText(first!)?.toString()).toBe("first");
    expect(cache.ofText(second!)).toBeUndefined();
    cache.isTextKnown(second!);
    expect(cache.isTextKnown(second!)).toBe(false);
  });
});
