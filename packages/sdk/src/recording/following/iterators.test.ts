/** What a follower is told of an iteration, and what the application gets of it. */
import { RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../tracer.ts";
import type { Following } from "./followed-span.ts";
import { followIterable, followIterator } from "./iterators.ts";

const tracer = new Tracer({ logger: new RecordingLogger() });

function follower() {
  const span = tracer.startTrace().startSpan("followed");
  const told: unknown[][] = [];
  const followed: Following = {
    span,
    item: (value) => void told.push(["item", value]),
    finish: (returned) => void told.push(["finish", returned]),
    fail: (error) => void told.push(["fail", (error as Error).message]),
    cancel: () => void told.push(["cancel"]),
    watch: (result) => void told.push(["watch", result]),
  };
  return { span, followed, told };
}

/** An iterator that is no generator, with the steps that it is given. */
const stepping = (...steps: unknown[]) => ({ next: () => steps.shift() });

describe("an iterator", () => {
  test("is the same one, and each step is told", () => {
    const { followed, told } = follower();
    const iterator = (function* () {
      yield 1;
      yield 2;
      return 3;
    })();
    expect(followIterator(iterator, followed)).toBe(iterator);
    expect([...iterator]).toEqual([1, 2]);
    expect(told).toEqual([
      ["item", 1],
      ["item", 2],
      ["finish", 3],
    ]);
  });

  test("that is told to return ends without what it was given, and one that fails with its error", () => {
    const { followed, told } = follower();
    const endless = () =>
      (function* () {
        for (;;) yield 1;
      })();
    const first = endless();
    followIterator(first, followed);
    first.next();
    expect(first.return(7 as never)).toEqual({ done: true, value: 7 });
    const second = endless();
    followIterator(second, followed);
    second.next();
    expect(() => second.throw(new Error("stop"))).toThrow("stop");
    expect(told).toEqual([
      ["item", 1],
      ["finish", undefined],
      ["item", 1],
      ["fail", "stop"],
    ]);
  });

  test("that is async is told when its steps come", async () => {
    const { followed, told } = follower();
    const iterator = (async function* () {
      yield 1;
      throw new Error("dry");
    })();
    followIterator(iterator, followed);
    const step = iterator.next();
    expect(told).toEqual([]);
    expect(await step).toEqual({ done: false, value: 1 });
    await expect(iterator.next()).rejects.toThrow("dry");
    expect(told).toEqual([
      ["item", 1],
      ["fail", "dry"],
    ]);
  });

  test("that is frozen is handed on as one made of it", () => {
    const { followed, told } = follower();
    const steps = [
      { done: false, value: 1 },
      { done: true, value: 2 },
    ];
    const frozen = Object.freeze({
      extra: "kept",
      next(this: unknown) {
        return this === frozen ? steps.shift() : expect.unreachable();
      },
    });
    const handedOn = followIterator(frozen, followed) as typeof frozen;
    expect(handedOn).not.toBe(frozen);
    expect([handedOn.extra, handedOn.next(), handedOn.next()]).toEqual([
      "kept",
      { done: false, value: 1 },
      { done: true, value: 2 },
    ]);
    expect(told).toEqual([
      ["item", 1],
      ["finish", 2],
    ]);
  });

  test("runs each step in the span, with its own `this`", () => {
    const { span, followed } = follower();
    const seen: unknown[] = [];
    const iterator = {
      next(this: unknown) {
        seen.push(this === iterator, tracer.activeSpan()?.id);
        return { done: false };
      },
    };
    followIterator(iterator, followed);
    iterator.next();
    const { next } = iterator;
    next();
    next.call(null);
    Object.create(iterator).next();
    expect(seen).toEqual(Array.from({ length: 4 }, () => [true, span.id]).flat());
    next.call({ other: true });
    expect(seen.at(-2)).toBe(false);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a word", "done"],
  ])("whose step is %s tells nothing", (_, step) => {
    const { followed, told } = follower();
    const iterator = stepping(step);
    followIterator(iterator, followed);
    expect(iterator.next()).toBe(step);
    expect(told).toEqual([]);
  });

  test("is done by `true` alone", () => {
    const { followed, told } = follower();
    const iterator = stepping({ done: 1, value: 1 }, { value: 2 });
    followIterator(iterator, followed);
    iterator.next();
    iterator.next();
    expect(told).toEqual([
      ["item", 1],
      ["item", 2],
    ]);
  });

  test("that may not be touched is left alone", () => {
    const { followed } = follower();
    const proxy = new Proxy({}, { defineProperty: () => expect.unreachable(), get: () => expect.unreachable() });
    expect(followIterator(proxy, followed)).toBe(proxy);
  });
});

describe("an iterable", () => {
  const numbers = () =>
    (async function* () {
      yield 1;
    })();
  const drained = async (iterable: AsyncIterable<unknown>) => {
    const items: unknown[] = [];
    for await (const item of iterable) items.push(item);
    return items;
  };

  test("is followed through the iterator that it gives, which is watched from then on", async () => {
    const { followed, told } = follower();
    const iterator = numbers();
    const iterable = { [Symbol.asyncIterator]: () => iterator };
    expect(followIterable(iterable, followed)).toBe(true);
    expect(told).toEqual([]);
    expect(await drained(iterable)).toEqual([1]);
    expect(told).toEqual([
      ["watch", iterator],
      ["item", 1],
      ["finish", undefined],
    ]);
  });

  test("of a generated client is followed where all its ways begin", async () => {
    const { followed, told } = follower();
    class Stream {
      iterator = () => numbers();
      [Symbol.asyncIterator]() {
        return this.iterator();
      }
    }
    const stream = new Stream();
    followIterable(stream, followed);
    expect(await drained(stream)).toEqual([1]);
    expect(await drained(stream.iterator())).toEqual([1]);
    expect(told.filter(([what]) => what === "item")).toHaveLength(2);
  });

  test.each([
    [true, ["cancel"]],
    [false, ["finish", undefined]],
  ])("whose request was aborted (%s) ends so", async (isAborted, end) => {
    const { followed, told } = follower();
    const controller = new AbortController();
    const iterable = { controller, [Symbol.asyncIterator]: numbers };
    followIterable(iterable, followed);
    if (isAborted) controller.abort();
    await drained(iterable);
    expect(told.at(-1)).toEqual(end);
  });

  test("of another object that inherits its way is not followed", async () => {
    const { followed, told } = follower();
    const iterable = { [Symbol.asyncIterator]: numbers };
    followIterable(iterable, followed);
    expect(await drained(Object.create(iterable))).toEqual([1]);
    expect(told).toEqual([]);
  });

  test("that can't be changed is said to be that", () => {
    const { followed } = follower();
    expect(followIterable(Object.freeze({ [Symbol.asyncIterator]: numbers }), followed)).toBe(false);
  });
});
