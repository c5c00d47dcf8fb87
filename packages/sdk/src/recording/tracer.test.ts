import { ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Span } from "./span/span.ts";
import { Tracer } from "./tracer.ts";

function setUp() {
  const exporter = new RecordingExporter();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters: [exporter], clock, logger });
  const sent = async () => {
    await clock.advance(250);
    return exporter.snapshots;
  };
  return { tracer, exporter, clock, logger, sent };
}

describe("tracer.span", () => {
  it("is the root of a new trace, and the parent of what runs inside it", async () => {
    const { tracer, sent, exporter } = setUp();
    const answer = await tracer.span("turn", { input: "q" }, async (turn) => {
      expect(tracer.activeSpan()).toBe(turn);
      await tracer.span("llm", { type: "COMPLETION" }, async () => "reply");
      return 42;
    });
    expect(answer).toBe(42);
    expect(tracer.activeSpan()).toBeUndefined();
    await sent();
    const turn = exporter.named("turn");
    const llm = exporter.named("llm");
    expect(turn?.parentId).toBeUndefined();
    expect(turn?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(llm).toMatchObject({ parentId: turn?.id, traceId: turn?.traceId, output: "reply" });
  });

  it("keeps an output that was set, and takes the result otherwise", async () => {
    const { tracer, sent, exporter } = setUp();
    tracer.span("own", (span) => {
      span.output = "mine";
      return "result";
    });
    tracer.span("taken", () => ({ n: 1 }));
    await sent();
    expect(exporter.named("own")?.output).toBe("mine");
    expect(exporter.named("taken")?.output).toEqual({ n: 1 });
  });

  it("records an error and rethrows it unchanged; an abort is CANCELED", async () => {
    const { tracer, sent, exporter } = setUp();
    const failure = new TypeError("boom");
    expect(() =>
      tracer.span("sync", () => {
        throw failure;
      }),
    ).toThrow(failure);
    await expect(
      tracer.span("async", async () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    const controller = new AbortController();
    controller.abort();
    await expect(tracer.span("aborted", async () => controller.signal.throwIfAborted())).rejects.toThrow();
    await expect(tracer.span("nothing", () => Promise.reject(undefined))).rejects.toBeUndefined();
    await sent();
    expect(exporter.named("sync")).toMatchObject({ status: "ERROR", error: { type: "TypeError", message: "boom" } });
    expect(exporter.named("async")).toMatchObject({ status: "ERROR", error: { type: "TypeError" } });
    expect(exporter.named("aborted")?.status).toBe("CANCELED");
    expect(exporter.named("nothing")).toMatchObject({ status: "ERROR", error: { type: "undefined" } });
  });

  it("returns a thenable of its own kind as it came and ends with it", async () => {
    const { tracer, sent, exporter } = setUp();
    class ApiPromise extends Promise<string> {
      withResponse = () => "raw";
    }
    const result = tracer.span("client", () => new ApiPromise((resolve) => resolve("ok")));
    expect(result.withResponse()).toBe("raw");
    expect(await result).toBe("ok");
    await sent();
    expect(exporter.named("client")).toMatchObject({ phase: "ended", output: "ok" });
  });
});

describe("tracer.traced", () => {
  it("records arguments and result, and passes this on", async () => {
    const { tracer, sent, exporter } = setUp();
    const counter = {
      base: 10,
      add: tracer.traced("add", async function (this: { base: number }, a: number, b: number) {
        return this.base + a + b;
      }),
    };
    expect(await counter.add(1, 2)).toBe(13);
    const one = tracer.traced("one", (query: string) => query.length);
    expect(one("four")).toBe(4);
    await sent();
    expect(exporter.named("add")).toMatchObject({ input: [1, 2], output: 13 });
    expect(exporter.named("one")).toMatchObject({ input: "four", output: 4 });
  });

  it("follows an async iteration to its end, with the span active in every step", async () => {
    const { tracer, sent, exporter } = setUp();
    const seen: (Span | undefined)[] = [];
    const stream = tracer.traced("stream", async function* (count: number) {
      for (let i = 0; i < count; i++) {
        seen.push(tracer.activeSpan());
        yield i;
      }
    });
    const items: number[] = [];
    for await (const item of stream(3)) items.push(item);
    await sent();
    expect(items).toEqual([0, 1, 2]);
    expect(new Set(seen.map((span) => span?.id))).toEqual(new Set([exporter.named("stream")?.id]));
    expect(exporter.named("stream")).toMatchObject({ phase: "ended", output: [0, 1, 2] });
  });

  it("ends the span of an iteration that is left early or fails", async () => {
    const { tracer, sent, exporter } = setUp();
    const endless = tracer.traced("endless", async function* () {
      for (let i = 0; ; i++) yield i;
    });
    for await (const item of endless()) if (item === 1) break;
    const failing = tracer.traced("failing", async function* () {
      yield 1;
      throw new RangeError("dry");
    });
    await expect(
      (async () => {
        for await (const _ of failing());
      })(),
    ).rejects.toThrow("dry");
    await sent();
    expect(exporter.named("endless")).toMatchObject({ phase: "ended", status: "OK", output: [0, 1] });
    expect(exporter.named("failing")).toMatchObject({ phase: "ended", status: "ERROR", error: { type: "RangeError" } });
  });
});

describe("context", () => {
  test("C11 concurrent and nested runs never get a wrong parent, across timers, promises and setImmediate", async () => {
    const pause = [
      () => Promise.resolve(),
      () => new Promise<void>((resolve) => void setImmediate(resolve)),
      () => new Promise<void>((resolve) => void queueMicrotask(resolve)),
      () => new Promise<void>((resolve) => void process.nextTick(resolve)),
    ];
    interface Tree {
      readonly pause: number;
      readonly children: readonly Tree[];
    }
    const tree = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.record({
        pause: fc.nat(pause.length - 1),
        children: fc.oneof({ depthSize: "small" }, fc.constant([]), fc.array(tie("tree"), { maxLength: 3 })),
      }),
    })).tree;
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), async (roots) => {
        const { tracer, sent } = setUp();
        const expected = new Map<string, string | undefined>();
        const run = (node: Tree, parent: string | undefined): Promise<void> =>
          tracer.span("node", async (span) => {
            expected.set(span.id, parent);
            await pause[node.pause]!();
            await Promise.all(node.children.map((child) => run(child, span.id)));
            await pause[node.pause]!();
            expect(tracer.activeSpan()).toBe(span);
          });
        await Promise.all(roots.map((root) => run(root, undefined)));
        const actual = new Map((await sent()).map((snapshot) => [snapshot.id, snapshot.parentId]));
        expect(actual).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it("takes only its own trace's spans for parents, unless told otherwise", async () => {
    const { tracer, sent, exporter } = setUp();
    const other = new Tracer({ exporters: [new RecordingExporter("other")], logger: new RecordingLogger() });
    other.span("foreign", () => {
      tracer.span("mine", (mine) => {
        tracer.trace("elsewhere").startSpan("root elsewhere").end();
        tracer.trace(mine.traceId).startSpan("root by choice", { parentId: null }).end();
        tracer.trace(mine.traceId).startSpan("child by id", { parentId: "given" }).end();
      });
    });
    await sent();
    expect(exporter.named("mine")?.parentId).toBeUndefined();
    expect(exporter.named("root elsewhere")?.parentId).toBeUndefined();
    expect(exporter.named("root by choice")?.parentId).toBeUndefined();
    expect(exporter.named("child by id")?.parentId).toBe("given");
  });

  test("C10 an exporter runs outside the request's context: what it does is no span's child", async () => {
    const { tracer, exporter, clock } = setUp();
    const seen: unknown[] = [];
    exporter.answer = () => {
      seen.push(tracer.activeSpan());
      return { kind: "delivered" };
    };
    await tracer.span("request", async () => {
      tracer.span("inner", () => 1);
      await clock.advance(250);
    });
    await clock.advance(250);
    expect(seen).toEqual([undefined, undefined]);
  });

  test("C8 two copies of the SDK keep separate accounts and one warning is given", async () => {
    const { vi } = await import("vitest");
    const { logger } = setUp();
    vi.resetModules();
    const second = await import("./tracer.ts");
    expect(second.Tracer).not.toBe(Tracer);
    const lines = new RecordingLogger();
    const theirs = new RecordingExporter("theirs");
    const other = new second.Tracer({ exporters: [theirs], logger: lines });
    new second.Tracer({ logger: lines });
    other.span("x", () => 1);
    expect(other.stats().lanes.theirs?.created).toBe(2);
    expect([...lines.lines, ...logger.lines].filter((line) => line.includes("two copies"))).toHaveLength(1);
    await other.shutdown();
  });
});

describe("recording", () => {
  test("B7 needs no event loop of its own and throws nothing, whatever the payload, in whatever context", () => {
    const { tracer } = setUp();
    const hostile = {
      get boom(): never {
        throw new Error("mine");
      },
      big: 2n ** 80n,
      toJSON() {
        throw new Error("mine too");
      },
    };
    const results: unknown[] = [];
    process.once("everspan test" as "exit", () => {
      results.push(tracer.startTrace().startSpan("outside", { input: hostile, output: hostile, data: hostile }).end());
    });
    process.emit("everspan test" as "exit", 0);
    expect(results).toEqual([undefined]);
    expect(tracer.stats().lanes.recording).toMatchObject({ created: 2, coalesced: 1, pending: { queued: 1 } });
  });
});
