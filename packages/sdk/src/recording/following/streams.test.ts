/** What a follower is told of a stream, and which objects are taken for one. */
import { Duplex, PassThrough, Readable, Writable } from "node:stream";
import { RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../tracer.ts";
import type { Following } from "./followed-span.ts";
import { followReadable, followWebStream, isNodeStream, isReadOnly, isWebStream } from "./streams.ts";

const tracer = new Tracer({ logger: new RecordingLogger() });
const method = () => undefined;

function follower() {
  const told: unknown[][] = [];
  const followed: Following = {
    span: tracer.startTrace().startSpan("followed"),
    item: (value) => void told.push(["item", value]),
    finish: () => void told.push(["finish"]),
    fail: (error) => void told.push(["fail", error]),
    cancel: () => void told.push(["cancel"]),
    watch: () => undefined,
  };
  const items = () => told.flatMap(([what, value]) => (what === "item" ? [value] : []));
  const isFinished = () => told.some(([what]) => what === "finish");
  return { followed, told, items, isFinished };
}

test.each<[string, object, boolean, boolean]>([
  ["a web stream", new ReadableStream(), true, false],
  ["what only has readers", { getReader: method }, false, false],
  ["what can only be piped", { pipeThrough: method }, false, false],
  ["a Node stream", Readable.from([]), false, true],
  ["what can't be listened to", { _readableState: {} }, false, false],
  ["what has no state", { on: method }, false, false],
  ["an emitter of nothing", { on: method, _readableState: true }, false, false],
])("%s is taken for what it is", (_, value, isWeb, isNode) => {
  expect([isWebStream(value), isNodeStream(value)]).toEqual([isWeb, isNode]);
});

test("a stream is read to its end unless it is a connection, or only written to", () => {
  const [read, transformed] = [Readable.from([]), new PassThrough()];
  const written = new Writable({ write: method });
  const connection = new Duplex({ read: method, write: method });
  expect([read, transformed, written, connection].map(isReadOnly)).toEqual([true, true, false, false]);
});

/** The surface of a web stream, as a polyfill has it: the platform can't say when it ends. */
function polyfill(steps: unknown[]) {
  const stream = {
    getReader: (mode?: string) => ({ mode, read: () => steps.shift() }),
    pipeThrough: method,
    values: () => ({ next: () => steps.shift() }),
    tee: () => [polyfill(steps), polyfill(steps)],
  };
  return stream;
}

describe("a web stream", () => {
  test("that is a polyfill is followed through its readers", async () => {
    const { followed, told } = follower();
    const stream = polyfill([Promise.resolve({ done: false, value: 1 }), Promise.resolve({ done: true })]);
    followWebStream(stream, followed);
    const reader = stream.getReader("byob");
    expect(reader.mode).toBe("byob");
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    expect(await reader.read()).toEqual({ done: true });
    expect(told).toEqual([["item", 1], ["finish"]]);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a word", "word"],
  ])("whose reader gives %s tells nothing of it", async (_, step) => {
    const { followed, told } = follower();
    const stream = polyfill([Promise.resolve(step), step]);
    followWebStream(stream, followed);
    const reader = stream.getReader();
    expect(await reader.read()).toBe(step);
    expect(reader.read()).toBe(step);
    expect(told).toEqual([]);
  });

  test("whose reader fails tells nothing: the stream itself does, unless the reader was released", async () => {
    const { followed, told } = follower();
    const stream = polyfill([Promise.reject(new Error("released"))]);
    followWebStream(stream, followed);
    await expect(stream.getReader().read()).rejects.toThrow("released");
    expect(told).toEqual([]);
  });

  test("is followed by `values`, and by its first branch", async () => {
    const { followed, items } = follower();
    const step = (value: number) => ({ done: false, value });
    const stream = polyfill([step(1), Promise.resolve(step(2)), Promise.resolve(step(3))]);
    followWebStream(stream, followed);
    expect(stream.values().next()).toEqual(step(1));
    const [first, second] = stream.tee();
    await second!.getReader().read();
    expect(items()).toEqual([1]);
    await first!.getReader().read();
    expect(items()).toEqual([1, 3]);
  });

  test("of another object that inherits its ways is not followed", async () => {
    const { followed, told } = follower();
    const step = { done: false, value: 1 };
    const stream = polyfill([Promise.resolve(step), step, Promise.resolve(step)]);
    followWebStream(stream, followed);
    const other = Object.create(stream);
    await other.getReader().read();
    other.values().next();
    await other.tee()[0].getReader().read();
    expect(told).toEqual([]);
  });

  test.each<[string, object]>([
    ["readers that are none", { getReader: () => "reader", pipeThrough: method }],
    ["readers that can't read", { getReader: () => ({}), pipeThrough: method }],
    ["branches that are none", { getReader: method, pipeThrough: method, tee: () => "branches", values: () => 7 }],
    ["branches of nothing", { getReader: method, pipeThrough: method, tee: () => [undefined, undefined] }],
  ])("gives what it gives: %s", (_, stream) => {
    const given = stream as Record<string, () => unknown>;
    const before = Object.keys(given).map((name) => given[name]!());
    followWebStream(stream, follower().followed);
    expect(Object.keys(given).map((name) => given[name]!())).toEqual(before);
  });

  test("of the platform ends with its end, or its error, whoever reads it", async () => {
    const end = async (start: (controller: ReadableStreamDefaultController) => void) => {
      const { followed, told } = follower();
      const stream = new ReadableStream({ start });
      followWebStream(stream, followed);
      await stream.pipeTo(new WritableStream()).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      return told;
    };
    expect(await end((controller) => controller.close())).toEqual([["finish"]]);
    const error = new Error("reset");
    expect(await end((controller) => controller.error(error))).toEqual([["fail", error]]);
  });
});

describe("a Node stream", () => {
  test("ends at its end, with what was put into it", async () => {
    const { followed, items, isFinished } = follower();
    const stream = new Readable({ objectMode: true, read: method, autoDestroy: false });
    followReadable(stream, followed);
    stream.push(1);
    stream.push(2);
    stream.push(null);
    expect(await stream.toArray()).toEqual([1, 2]);
    expect([items(), isFinished()]).toEqual([[1, 2], true]);
  });

  test("ends when it is closed, and with the error that closed it", async () => {
    const { followed, told } = follower();
    const stream = new Readable({ read: method });
    followReadable(stream, followed);
    const error = new Error("reset");
    stream.on("error", () => undefined);
    stream.destroy(error);
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([["fail", error], ["finish"]]);
  });

  test("that can only be listened to is followed as far, and another's `push` is not followed", () => {
    const { followed, told } = follower();
    const listened: unknown[] = [];
    const stream = { on: (event: unknown) => listened.push(event) };
    followReadable(stream, followed);
    expect(listened).toHaveLength(3);
    expect("push" in stream).toBe(false);
    const pushing = { on: method, push: (value: unknown) => value };
    followReadable(pushing, followed);
    expect(Object.create(pushing).push(1)).toBe(1);
    expect(told).toEqual([]);
    expect([pushing.push(2), pushing.push(null)]).toEqual([2, null]);
    expect(told).toEqual([["item", 2]]);
  });
});
