/** Each fault of a payload by its id: what an application may hand over, and what is captured of it. */
import { Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type CaptureBudget, CaptureMemory, Capturer, captureError, captureName, toJson } from "./index.ts";

/** A clock that moves only when a test moves it. */
class TestClock {
  nowMs = 0;
  readonly read = () => this.nowMs;
}

function captured(value: unknown, budget?: Partial<CaptureBudget>, memory?: CaptureMemory): unknown {
  return toJson(new Capturer(budget, () => 0).capture(value, memory)!);
}

/** The capture and how many bytes it said were cut. */
function cut(value: unknown, budget?: Partial<CaptureBudget>): { plain: unknown; truncatedBytes: number } {
  const capturer = new Capturer(budget, () => 0);
  const node = capturer.capture(value)!;
  return { plain: toJson(node), truncatedBytes: capturer.truncatedBytes };
}

describe("values that JSON has no form for", () => {
  test("P1 a BigInt keeps its precision, and one of a million digits is cut rather than written out", () => {
    expect(captured({ n: 2n ** 80n, m: -1n })).toEqual({ n: "[BigInt: 1208925819614629174706176]", m: "[BigInt: -1]" });
    expect(captured(1n << 4_000_000n)).toBe("[Truncated: BigInt of more than 1024 bits]");
  });

  test("P2 a circular reference is captured as the path to what it refers to, a shared reference is not", () => {
    const self: Record<string, unknown> = { name: "loop" };
    self.self = self;
    expect(captured(self)).toEqual({ name: "loop", self: "[Circular ~]" });

    const a: Record<string, unknown> = {};
    a.b = { list: [{ back: a }], "odd key": {} };
    expect(captured({ a })).toEqual({ a: { b: { list: [{ back: "[Circular ~.a]" }], "odd key": {} } } });

    const inner: Record<string, unknown> = {};
    inner.up = inner;
    expect(captured({ list: [{ "odd key": inner }] })).toEqual({
      list: [{ "odd key": { up: '[Circular ~.list[0]["odd key"]]' } }],
    });

    const map = new Map<string, unknown>();
    map.set("map", map);
    expect(captured({ map })).toEqual({ map: { "[Map]": [["map", "[Circular ~.map]"]] } });

    const shared = { once: true };
    expect(captured([shared, shared, { shared }])).toEqual([shared, shared, { shared }]);
  });

  test("P3 a getter that throws costs only its own field", () => {
    const value = {
      before: 1,
      get bad() {
        throw new Error("no such table");
      },
      nested: {
        get worse(): never {
          throw null;
        },
        kept: true,
      },
      after: 2,
    };
    expect(captured(value)).toEqual({
      before: 1,
      bad: "[Threw: no such table]",
      nested: { worse: "[Threw: null]", kept: true },
      after: 2,
    });
    const hostile = {
      get bad() {
        throw Object.defineProperty({}, "message", {
          get: () => {
            throw new Error();
          },
        });
      },
      get proxy() {
        throw revoked();
      },
    };
    expect(captured(hostile)).toEqual({
      bad: "[Threw: a value that can't be read]",
      proxy: "[Threw: a value that can't be read]",
    });
  });

  test("P4 slow getters stop the descent and what is left out is said; one pause alone cuts nothing", () => {
    const clock = new TestClock();
    let calls = 0;
    const slow = (pauses: number) => {
      const value = {};
      for (let i = 0; i < 100; i++) {
        Object.defineProperty(value, `field${i}`, {
          enumerable: true,
          get() {
            if (calls++ < pauses) clock.nowMs += 50;
            return i;
          },
        });
      }
      return value;
    };
    const capturer = new Capturer({}, clock.read);
    expect(Object.keys(toJson(capturer.capture(slow(1))!) as object)).toHaveLength(100);
    expect(capturer.truncatedBytes).toBe(0);

    calls = 0;
    const tick = () => {
      calls++;
      clock.nowMs += 50;
    };
    const silent = Array.from({ length: 100 }, (_, i) => [`field${i}`, { enumerable: true, get: tick }]);
    capturer.capture(Object.defineProperties({}, Object.fromEntries(silent)));
    expect(calls).toBeLessThanOrEqual(24);

    calls = 0;
    const plain = toJson(capturer.capture(slow(100))!) as Record<string, unknown>;
    expect(calls).toBeLessThanOrEqual(24);
    expect(plain["[Truncated]"]).toBe(`[Truncated: properties after the first ${calls}]`);
    expect(capturer.truncatedBytes).toBeGreaterThan(0);
  });

  test("P4 plain data is taken whole, however slow the machine is", () => {
    const clock = new TestClock();
    const capturer = new Capturer({}, () => {
      clock.nowMs += 20;
      return clock.nowMs;
    });
    const messages = Array.from({ length: 2_000 }, (_, i) => ({
      role: "user",
      content: [{ type: "text", text: `${i}` }],
    }));
    expect(toJson(capturer.capture({ messages })!)).toEqual({ messages });
    expect(capturer.truncatedBytes).toBe(0);
  });

  test("P4 a slow toJSON stops the capture as slow getters do", () => {
    const clock = new TestClock();
    let calls = 0;
    const row = () => ({
      toJSON() {
        calls++;
        clock.nowMs += 50;
        return {};
      },
    });
    new Capturer({}, clock.read).capture(Array.from({ length: 100 }, row));
    expect(calls).toBeLessThanOrEqual(3);
  });

  test("P5 proxies whose traps throw and revoked proxies are unreadable, their neighbours are kept", () => {
    const bad = () => {
      throw new Error("trap");
    };
    const traps = { get: bad, ownKeys: bad, getPrototypeOf: bad, getOwnPropertyDescriptor: bad, has: bad };
    expect(captured(revoked())).toBe("[Unreadable]");
    expect(captured([1, revoked(), { deep: revoked() }, 2])).toEqual([1, "[Unreadable]", { deep: "[Unreadable]" }, 2]);
    expect(captured({ all: new Proxy({}, traps), list: new Proxy([1], traps), ok: 1 })).toEqual({
      all: "[Unreadable]",
      list: "[Unreadable]",
      ok: 1,
    });
    expect(captured(new Proxy({ a: 1 }, { get: bad }))).toEqual({ a: "[Threw: trap]" });
    expect(captured(new Proxy({ a: 1 }, {}))).toEqual({ a: 1 });
  });

  test("P6 a proxy that claims very many keys is read up to the budget", () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `key${i}`);
    let reads = 0;
    const endless = new Proxy(
      {},
      {
        ownKeys: () => keys,
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
        get: () => reads++,
      },
    );
    const { plain, truncatedBytes } = cut(endless, { maxKeys: 100 });
    expect(reads).toBe(100);
    expect(Object.keys(plain as object)).toHaveLength(101);
    expect(plain).toHaveProperty(["[Truncated]"], "[Truncated: properties after the first 100]");
    expect(truncatedBytes).toBeGreaterThan(0);
  });

  test("P7 holes of a sparse array are counted, not listed, and a vast one is cut", () => {
    const sparse: unknown[] = [1];
    sparse[3] = undefined;
    sparse[4] = 5;
    expect(captured(sparse)).toEqual([1, "[Empty: 2 items]", "[undefined]", 5]);
    const { plain, truncatedBytes } = cut(new Array(30_000_000), { maxNodes: 1000 });
    expect(plain).toEqual(["[Empty: 1000 items]", "[Truncated: 29999000 items]"]);
    expect(truncatedBytes).toBeGreaterThan(0);
    expect((captured(new Array(30_000_000)) as unknown[]).length).toBe(2);
  });

  test("P8 binary data is captured as its length and first bytes", () => {
    expect(captured(new Uint8Array(10_000_000))).toBe(`[Uint8Array: 10000000 bytes ${"00".repeat(32)}…]`);
    expect(captured({ image: Buffer.from("PNG") })).toEqual({ image: "[Buffer: 3 bytes 504e47]" });
    expect(
      captured([new Float64Array(0), new ArrayBuffer(2), new DataView(new ArrayBuffer(1)), new BigInt64Array([1n])]),
    ).toEqual([
      "[Float64Array: 0 bytes]",
      "[ArrayBuffer: 2 bytes 0000]",
      "[DataView: 1 bytes 00]",
      "[BigInt64Array: 8 bytes 0100000000000000]",
    ]);
  });

  class Account {
    readonly id = 7;
    readonly #secret = "s";
    get secret() {
      return this.#secret;
    }
  }
  class Money {
    readonly cents = 250;
    toJSON() {
      return { money: `${this.cents / 100} EUR` };
    }
  }

  test.each<[string, unknown, unknown]>([
    [
      "a Map",
      new Map<unknown, unknown>([
        ["a", 1],
        [{ k: 1 }, new Map()],
      ]),
      {
        "[Map]": [
          ["a", 1],
          [{ k: 1 }, { "[Map]": [] }],
        ],
      },
    ],
    ["a Set", new Set([1, "a", [2]]), { "[Set]": [1, "a", [2]] }],
    ["a Date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an invalid Date", new Date(Number.NaN), "[Date: invalid]"],
    ["a RegExp", /a+/gi, "[RegExp: /a+/gi]"],
    ["a URL", new URL("https://example.com/a?b=1"), "https://example.com/a?b=1"],
    ["a class instance", new Account(), { id: 7 }],
    ["a class with toJSON", new Money(), { money: "2.5 EUR" }],
    ["an object with its own toJSON", { a: 1, toJSON: () => ({ b: 2 }) }, { b: 2 }],
    ["a Symbol", Symbol("tag"), "[Symbol: tag]"],
    ["a function", function search() {}, "[Function: search]"],
    ["a nameless function", () => {}, "[Function]"],
    ["a WeakMap", new WeakMap(), "[WeakMap]"],
    ["a WeakSet", new WeakSet(), "[WeakSet]"],
    ["a WeakRef", new WeakRef({}), "[WeakRef]"],
    ["a Promise", Promise.resolve(1), "[Promise]"],
    ["no prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      "boxed primitives",
      [new String("s"), new Number(1), new Boolean(false), Object(1n)],
      ["s", 1, false, "[BigInt: 1]"],
    ],
    [
      "another realm's values",
      runInNewContext("({ list: [1], date: new Date(0), map: new Map([[1, 2]]) })"),
      { list: [1], date: "1970-01-01T00:00:00.000Z", map: { "[Map]": [[1, 2]] } },
    ],
    ["an array subclass", class extends Array {}.from([1, 2]), [1, 2]],
    [
      "inherited enumerable properties",
      Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } }),
      { own: 2 },
    ],
  ])("P9 %s has its documented form", (_, value, expected) => {
    expect(captured(value)).toEqual(expected);
    expect(captured({ in: [value] })).toEqual({ in: [expected] });
  });

  test("P9 an Error keeps name, message, stack, cause chain, parts and own fields; a circular cause ends", () => {
    const cause: Error & { cause?: unknown } = new TypeError("inner");
    const error = Object.assign(new Error("outer", { cause }), { code: "E_FAILED" });
    cause.cause = error;
    expect(captured({ error })).toEqual({
      error: {
        name: "Error",
        message: "outer",
        stack: error.stack,
        cause: { name: "TypeError", message: "inner", stack: cause.stack, cause: "[Circular ~.error]" },
        code: "E_FAILED",
      },
    });
    expect(captured(new AggregateError([new Error("a"), "b"], "many"))).toMatchObject({
      name: "AggregateError",
      message: "many",
      errors: [{ message: "a" }, "b"],
    });
    const hostile = Object.defineProperty(new Error("kept"), "stack", {
      get: () => {
        throw new Error("no stack");
      },
    });
    expect(captured(hostile)).toEqual({ name: "Error", message: "kept", stack: "[Threw: no stack]" });
  });

  test("P10 a toJSON that throws, returns its own object, another with toJSON, a BigInt or nothing is survived", () => {
    const itself = {
      a: 1,
      toJSON() {
        return this;
      },
    };
    class Returns {
      readonly own = 1;
      readonly result: unknown;
      constructor(result: unknown) {
        this.result = result;
      }
      toJSON() {
        if (this.result instanceof Error) throw this.result;
        return this.result;
      }
    }
    expect(captured({ x: new Returns(new Error("bad")), y: 1 })).toEqual({ x: "[Threw: bad]", y: 1 });
    expect(captured(itself)).toMatchObject({ a: 1 });
    expect(captured(new Returns(5n))).toBe("[BigInt: 5]");
    expect(captured([new Returns(undefined)])).toEqual(["[undefined]"]);
    expect(captured(new Returns(new Date(0)))).toBe("1970-01-01T00:00:00.000Z");
    expect(captured(new Returns([1, new Returns("deep")]))).toEqual([1, "deep"]);
    let calls = 0;
    const endless: object = { toJSON: () => ({ again: endless, calls: ++calls }) };
    expect(captured(endless)).toEqual({ again: "[Circular ~]", calls: 1 });
  });

  test("P11 toJSON on Object.prototype or Array.prototype is not used, a class's own still is", () => {
    const prototypes = [Object.prototype, Array.prototype] as { toJSON?: () => unknown }[];
    for (const prototype of prototypes) prototype.toJSON = () => "polluted";
    try {
      class Own {
        toJSON() {
          return "own";
        }
      }
      class Plain {
        readonly a = 1;
      }
      expect(captured({ a: [1, { b: 2 }], own: new Own(), plain: new Plain(), error: null })).toStrictEqual({
        a: [1, { b: 2 }],
        own: "own",
        plain: { a: 1 },
        error: null,
      });
    } finally {
      for (const prototype of prototypes) delete prototype.toJSON;
    }
  });
});

describe("text", () => {
  test("P12 lone surrogates in values, keys and names become U+FFFD, and no two keys fall together", () => {
    expect(captured({ v: "a\ud800b" })).toEqual({ v: "a\ufffdb" });
    expect(captured({ "\ud800": 1, "\ud801": 2, "\ufffd": 3 })).toEqual({
      "\ufffd": 1,
      "\ufffd (2)": 2,
      "\ufffd (3)": 3,
    });
    expect(captureName("\udc00name")).toBe("\ufffdname");
    expect(captureError(new Error("\ud800")).message).toBe("\ufffd");
  });

  test("P13 NUL, separators, bidirectional controls and emoji are kept as they are", () => {
    const corpus = ["\u0000", "\u2028\u2029", "\u202egnp.exe", "👩‍👩‍👧‍👦𝄞", "שלום", "\u007f\u0080", '"\\/\b\f\n\r\t'];
    expect(captured(corpus)).toEqual(corpus);
    for (const text of corpus) {
      expect(captured({ [text]: text })).toEqual({ [text]: text });
      expect(captureName(text)).toBe(text);
    }
  });

  test("P14 a string over the limit is cut to a head and its size; of a vast one no character is touched", () => {
    const long = `${"é".repeat(1_500_000)}end`;
    const { plain, truncatedBytes } = cut({ long, short: "kept" });
    expect(plain).toEqual({ long: `${"é".repeat(1024)}… [Truncated: 1500003 characters]`, short: "kept" });
    expect(truncatedBytes).toBeGreaterThan(1_490_000);
    expect(captured("x".repeat(100 * 1024 * 1024))).toBe("[Truncated: 104857600 characters]");
    expect(captured("\u0001".repeat(100_000_000))).toBe("[Truncated: 100000000 characters]");
    expect(captured("y".repeat(1024 * 1024))).toHaveLength(1024 * 1024);
  });

  test("P14 a payload of many strings stops at its bytes and says so", () => {
    const { plain, truncatedBytes } = cut({ a: "a".repeat(600), b: "b".repeat(600), c: "c" }, { maxBytes: 1000 });
    expect(plain).toMatchObject({ a: "a".repeat(600), "[Truncated]": "[Truncated: properties after the first 2]" });
    expect((plain as { b: string }).b).toMatch(/\[Truncated: 600 characters\]$/);
    expect(truncatedBytes).toBeGreaterThan(0);
  });
});

describe("size and shape", () => {
  test("P15 nesting is cut at the depth limit, also when the application's own stack is all but used up", () => {
    let deep: unknown = "bottom";
    for (let i = 0; i < 10_000; i++) deep = i % 2 === 0 ? { deep } : [deep];
    const { plain, truncatedBytes } = cut(deep);
    expect(JSON.stringify(plain)).toContain('"[Truncated: deeper than 128 levels]"');
    expect(truncatedBytes).toBeGreaterThan(0);

    const results: unknown[] = [];
    const recurse = (): void => {
      try {
        recurse();
      } catch {
        // out of stack: fewer frames are left here than the capture needs
      }
      if (results.length < 50) results.push(new Capturer().capture({ a: [{ b: [{ c: 1 }] }] }));
    };
    recurse();
    for (const result of results) expect(() => JSON.stringify(toJson(result as never))).not.toThrow();
  });

  test("P15 shared references that unfold without end stop at the number of values", () => {
    let bomb: unknown = "lol";
    for (let i = 0; i < 60; i++) bomb = [bomb, bomb];
    const { plain, truncatedBytes } = cut(bomb, { maxNodes: 1000 });
    expect(JSON.stringify(plain).length).toBeLessThan(50_000);
    expect(truncatedBytes).toBeGreaterThan(0);
  });

  test("P16 too many properties and a vast key are cut, an empty key is kept", () => {
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`attribute${i}`, i]));
    const { plain, truncatedBytes } = cut(wide);
    expect(Object.keys(plain as object)).toHaveLength(10_001);
    expect(plain).toHaveProperty(["[Truncated]"], "[Truncated: properties after the first 10000]");
    expect(truncatedBytes).toBeGreaterThan(0);

    const key = "k".repeat(1024 * 1024);
    expect(captured({ [key]: 1, "": 2 })).toEqual({
      [`${"k".repeat(256)}… [Truncated: 1048576 characters]`]: 1,
      "": 2,
    });
    expect(captured(new Set(Array(20).keys()), { maxKeys: 5 })).toEqual({
      "[Set]": [0, 1, 2, 3, 4, "[Truncated: 15 entries]"],
    });
  });

  test("P17 keys that name parts of the language are data and pollute nothing", () => {
    const text =
      '{"__proto__":{"x":1},"constructor":{"prototype":{"x":2}},"prototype":3,"toString":4,"then":5,"hasOwnProperty":6}';
    const memory = new CaptureMemory();
    for (let i = 0; i < 2; i++) {
      const plain = captured(JSON.parse(text), {}, memory);
      expect(JSON.stringify(plain)).toBe(text);
      expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test("P18 what is changed after the capture is not seen, and frozen or sealed values are not written to", () => {
    const value = { list: [{ text: "before" }], sealed: Object.seal({ a: 1 }), frozen: Object.freeze([1]) };
    const node = new Capturer().capture(value)!;
    value.list[0]!.text = "after";
    value.list.push({ text: "new" });
    expect(toJson(node)).toEqual({ list: [{ text: "before" }], sealed: { a: 1 }, frozen: [1] });
  });

  test("P19 numbers without a JSON form are text, all others are exact", () => {
    expect(captured([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])).toEqual([
      "[Number: NaN]",
      "[Number: Infinity]",
      "[Number: -Infinity]",
      "[Number: -0]",
    ]);
    const exact = [2 ** 53 + 2, 5e-324, Number.MAX_VALUE, 0.1, -1, 0];
    expect(captured(exact)).toEqual(exact);
    expect(captured(Number("1e400"))).toBe("[Number: Infinity]");
  });
});

describe("objects whose content is in no property", () => {
  test("say what they hold or at least what they are", () => {
    const form = new FormData();
    form.append("k", "v");
    class Vault {
      #secret = 1;
      open() {
        return this.#secret;
      }
    }
    expect(
      captured({
        params: new URLSearchParams("q=1"),
        headers: new Headers({ accept: "text/html" }),
        form,
        file: new File(["abc"], "a.txt", { type: "text/plain" }),
        blob: new Blob(["abc"]),
        request: new Request("http://x.test/a", { method: "POST" }),
        response: new Response("hi", { status: 404 }),
        signals: [AbortSignal.abort(), new AbortController().signal],
        stream: new ReadableStream(),
        node: Readable.from(["a"]),
        vault: new Vault(),
        // biome-ignore lint/suspicious/noThenProperty: a query builder is one
        query: Object.assign(new Vault(), { then: () => expect.unreachable() }),
      }),
    ).toEqual({
      params: "[URLSearchParams: q=1]",
      headers: { accept: "text/html" },
      form: { "[FormData]": [["k", "v"]] },
      // Bun names the character set, too.
      file: expect.stringMatching(/^\[File: a\.txt, 3 bytes of text\/plain(;charset=utf-8)?\]$/),
      blob: "[Blob: 3 bytes]",
      request: "[Request: POST http://x.test/a]",
      response: "[Response: 404]",
      signals: ["[AbortSignal: aborted]", "[AbortSignal]"],
      stream: "[ReadableStream]",
      node: "[Readable: stream]",
      vault: "[Vault]",
      query: "[Vault: thenable]",
    });
  });

  test("an image in base64 is kept whole, and of a longer text its head", () => {
    const image = `data:image/png;base64,${Buffer.alloc(1_500_000, 7).toString("base64")}`;
    const log = "one line of a log\n".repeat(150_000);
    const { kept, bare, cut } = captured({ kept: image, bare: image.slice(22), cut: log }) as Record<string, string>;
    expect(kept === image && bare === image.slice(22)).toBe(true);
    expect(cut).toMatch(/^one line of a log\n.*… \[Truncated: 2700000 characters\]$/s);
  });
});

describe("names and errors from anything", () => {
  test("P20 any value makes a bounded, well-formed name", () => {
    expect(captureName("search")).toBe("search");
    expect([undefined, null, 5, true, 1n, Symbol("s"), () => {}, {}, [], revoked()].map(captureName)).toEqual([
      "[undefined]",
      "null",
      "5",
      "true",
      "[BigInt: 1]",
      "[Symbol: s]",
      "[Function]",
      "[Object: Object]",
      "[Object: Array]",
      "[Unreadable]",
    ]);
    expect(captureName("n".repeat(10 * 1024 * 1024)).length).toBeLessThan(1100);
    expect(captureName("n".repeat(5000)).length).toBeLessThan(1100);
  });

  test("P9 whatever is thrown becomes a type, a message and, for errors, a stack with its causes", () => {
    const error = new TypeError("outer", { cause: new Error("inner", { cause: "root" }) });
    const taken = captureError(error);
    expect(taken).toMatchObject({ type: "TypeError", message: "outer" });
    expect(taken.stack).toMatch(/^TypeError: outer[\s\S]*\nCaused by: Error: inner[\s\S]*\nCaused by: string: root$/);

    const parts = captureError(new AggregateError([new Error("a"), "b"], "many"));
    expect(parts.stack).toMatch(/\nPart 1: Error: a[\s\S]*\nPart 2: string: b$/);

    expect(captureError("text")).toEqual({ type: "string", message: "text" });
    expect(captureError(undefined)).toEqual({ type: "undefined", message: "[undefined]" });
    expect(captureError({ message: "like an error" })).toEqual({ type: "Object", message: "like an error" });
    class RateLimitError extends Error {}
    class Named extends Error {
      override name = "Given";
    }
    expect(captureError(new RateLimitError("429"))).toMatchObject({ type: "RateLimitError", message: "429" });
    expect(captureError(new Named())).toMatchObject({ type: "Given" });
    expect(captureError(new TypeError("t"))).toMatchObject({ type: "TypeError" });
    expect(captureError(revoked())).toMatchObject({ type: "[Unreadable]", message: "[Unreadable]" });
  });

  test("P3 an error whose getters throw, whose cause is itself, or that is vast is still captured", () => {
    class Hostile extends Error {
      override get name(): string {
        throw new Error("name");
      }
      override get message(): string {
        throw new Error("message");
      }
    }
    expect(captureError(new Hostile())).toMatchObject({ type: "[Unreadable]", message: "[Unreadable]" });
    const own = new Error("own");
    own.cause = own;
    expect(captureError(own).stack).toBe(own.stack);
    const vast = captureError(new Error("m".repeat(1_000_000)));
    expect(vast.message.length + vast.stack!.length).toBeLessThan(60_000);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
