/** What generated model clients give: promises with ways past `then`, event streams, pages, streams that can be read twice. */
import { ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../tracer.ts";

function setUp() {
  const exporter = new RecordingExporter();
  const clock = new ManualClock();
  const tracer = new Tracer({ exporters: [exporter], clock, logger: new RecordingLogger() });
  const open = () => tracer.stats().queue.openSpans;
  const sent = async () => {
    await clock.advance(250);
    return exporter.named("call");
  };
  return { tracer, open, sent };
}

/** As the generated clients make them: `then` and `withResponse` stand on `parse`, which is asked once. */
class ApiPromise {
  responsePromise = Promise.resolve("raw");
  readonly settle: () => Promise<string>;
  #parsed: Promise<string> | undefined;

  constructor(settle: () => Promise<string>) {
    this.settle = settle;
  }

  parse() {
    this.#parsed ??= this.settle();
    return this.#parsed;
  }

  asResponse(): unknown {
    return this.responsePromise;
  }

  async withResponse() {
    return { data: await this.parse(), response: await this.responsePromise };
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<T>(onFulfilled?: (value: string) => T, onRejected?: (error: unknown) => T) {
    return this.parse().then(onFulfilled, onRejected);
  }
}

describe("a promise of a generated client", () => {
  test.each<[string, (call: ApiPromise) => Promise<unknown>, unknown]>([
    ["awaited", async (call) => call, "answer"],
    ["parsed", (call) => call.parse(), "answer"],
    ["asked for both", (call) => call.withResponse(), { data: "answer", response: "raw" }],
  ])("ends its span with the answer, however it is %s", async (_, ask, given) => {
    const { tracer, open, sent } = setUp();
    const call = tracer.span("call", () => new ApiPromise(async () => "answer"));
    expect(call).toBeInstanceOf(ApiPromise);
    expect(open()).toBe(1);
    expect(await ask(call)).toEqual(given);
    expect(open()).toBe(0);
    expect(await sent()).toMatchObject({ output: "answer", status: "OK" });
  });

  test("asked for its response alone ends with that", async () => {
    const { tracer, open, sent } = setUp();
    const call = tracer.span("call", () => new ApiPromise(async () => "answer"));
    expect(await call.asResponse()).toBe("raw");
    expect(open()).toBe(0);
    expect(await sent()).toMatchObject({ output: "raw" });
  });

  test("whose response is none yet goes on", () => {
    const { tracer, open } = setUp();
    class Early extends ApiPromise {
      override asResponse() {
        return "no promise";
      }
    }
    const call = tracer.span("call", () => new Early(async () => "answer"));
    expect(call.asResponse()).toBe("no promise");
    expect(open()).toBe(1);
  });

  test("fails with its error, which is the application's to handle", async () => {
    const { tracer, sent } = setUp();
    const error = new RangeError("429");
    const call = () => tracer.span("call", () => new ApiPromise(() => Promise.reject(error)));
    await expect((async () => call())()).rejects.toBe(error);
    expect(await call().then(undefined, (reason) => ["handled", reason])).toEqual(["handled", error]);
    expect(await sent()).toMatchObject({ status: "ERROR", error: { type: "RangeError", message: "429" } });
  });

  test.each([["responsePromise"], ["parse"], ["asResponse"]])("is none of these without %s", async (name) => {
    const { tracer, sent } = setUp();
    const methods = {
      responsePromise: 1,
      parse: () => Promise.resolve("parsed"),
      asResponse: () => Promise.resolve("raw"),
      // biome-ignore lint/suspicious/noThenProperty: it is a promise
      then: (done: (value: string) => unknown) => Promise.resolve("answer").then(done),
    };
    const given = Object.assign({}, methods, { [name]: undefined });
    const call = tracer.span("call", () => given);
    for (const other of ["parse", "asResponse"] as const) {
      if (other !== name) expect(call[other]).toBe(methods[other]);
    }
    expect(await (call as unknown as Promise<string>)).toBe("answer");
    expect(await sent()).toMatchObject({ output: "answer" });
  });

  test("that is an iteration too ends with what is iterated", async () => {
    const { tracer, open, sent } = setUp();
    const pages = {
      // biome-ignore lint/suspicious/noThenProperty: it is a promise
      then: (done: (value: string) => unknown) => Promise.resolve("first page").then(done),
      async *[Symbol.asyncIterator]() {
        yield 1;
        yield 2;
      },
    };
    const call = tracer.span("call", () => pages);
    const items: number[] = [];
    for await (const item of call) items.push(item);
    expect(items).toEqual([1, 2]);
    expect(open()).toBe(0);
    expect(await sent()).toMatchObject({ output: [1, 2] });
  });

  test("that was fulfilled with another promise ends without an answer", async () => {
    const { tracer, open, sent } = setUp();
    const broken = {
      // biome-ignore lint/suspicious/noThenProperty: it is a broken promise
      then(done: (value: unknown) => unknown) {
        // biome-ignore lint/suspicious/noThenProperty: so is this
        return done({ then: () => undefined });
      },
    };
    const call = tracer.span("call", () => broken);
    call.then(() => undefined);
    expect(open()).toBe(0);
    expect((await sent())?.output).toBeUndefined();
  });
});

describe("a promise of an application's own", () => {
  test("gives its handlers all that it gives, and passes on all that it is given", () => {
    const { tracer } = setUp();
    const seen: unknown[] = [];
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: it is a promise
      then(
        onFulfilled: (...values: unknown[]) => unknown,
        onRejected: (...values: unknown[]) => unknown,
        more: string,
      ) {
        seen.push(more, onFulfilled("a", "b"), onRejected(new Error("no"), "c"));
      },
    };
    const call = tracer.span("call", () => thenable);
    const handle =
      (name: string) =>
      (...values: unknown[]) => [name, ...values.map(String)];
    call.then(handle("fulfilled"), handle("rejected"), "more");
    expect(seen).toEqual(["more", ["fulfilled", "a", "b"], ["rejected", "Error: no", "c"]]);
  });

  test("called for another object is that one's", () => {
    const { tracer, open } = setUp();
    const seen: unknown[] = [];
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: it is a promise
      then(this: unknown, ...given: unknown[]) {
        seen.push([this === thenable, ...given]);
      },
    };
    const call = tracer.span("call", () => thenable);
    call.then.call(Object.create(call), 1, 2, 3);
    expect(seen).toEqual([[false, 1, 2, 3]]);
    expect(open()).toBe(1);
  });
});

describe("an event stream of a generated client", () => {
  class EventStream {
    controller = new AbortController();
    emitted: unknown[] = [];
    done() {}
    _emit(...event: unknown[]) {
      this.emitted.push(event);
      return "emitted";
    }
  }

  test.each(["message", "finalMessage", "chatCompletion", "finalChatCompletion"])(
    "has the whole answer by %s",
    async (event) => {
      const { tracer, open, sent } = setUp();
      const stream = tracer.span("call", () => new EventStream());
      stream._emit("text", "part");
      expect(stream._emit(event, { answer: 42 })).toBe("emitted");
      expect(open()).toBe(1);
      stream._emit("end");
      expect(open()).toBe(0);
      expect(stream.emitted).toEqual([["text", "part"], [event, { answer: 42 }], ["end"]]);
      expect(await sent()).toMatchObject({ output: { answer: 42 }, status: "OK" });
    },
  );

  test.each([
    ["error", new TypeError("no"), { status: "ERROR", error: { type: "TypeError" } }],
    ["abort", Object.assign(new Error("x"), { name: "APIUserAbortError" }), { status: "CANCELED" }],
  ])("ends by %s", async (event, error, expected) => {
    const { tracer, open, sent } = setUp();
    const stream = tracer.span("call", () => new EventStream());
    stream._emit(event, error);
    expect(open()).toBe(0);
    expect(await sent()).toMatchObject(expected);
  });

  test.each(["_emit", "done", "controller"])("is none without %s", async (name) => {
    const { tracer, open } = setUp();
    tracer.span("call", () => Object.assign(new EventStream(), { [name]: undefined }));
    expect(open()).toBe(0);
  });
});

test.each(["getNextPage", "iterPages"])(
  "a page that can be asked for more by %s is complete as it is",
  async (name) => {
    const { tracer, open, sent } = setUp();
    const page = { data: [1], [name]: () => expect.unreachable(), [Symbol.asyncIterator]: () => expect.unreachable() };
    expect(tracer.span("call", () => page)).toBe(page);
    expect(open()).toBe(0);
    expect(await sent()).toMatchObject({ output: { data: [1] } });
  },
);

test("a span is ended by leaving its block", () => {
  const { tracer, open } = setUp();
  {
    using span = tracer.startSpan("call");
    expect(span.isRecording).toBe(true);
  }
  expect(open()).toBe(0);
});
