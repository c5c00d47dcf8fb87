/** What the span of a result says, whichever way the application consumes it. */
import { Duplex, PassThrough, Readable, Writable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../tracer.ts";

function garbageCollection(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(isSynchronous: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

function setUp() {
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], logger: new RecordingLogger() });
  const ended = async (name: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    await tracer.flush();
    const snapshot = exporter.named(name);
    expect(snapshot?.phase).toBe("ended");
    return snapshot!;
  };
  return { tracer, exporter, ended };
}

const text = (...chunks: string[]) =>
  new ReadableStream<string>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

describe("a web stream ends its span", () => {
  const ways: Record<string, (stream: ReadableStream<string>) => Promise<unknown>> = {
    "when it is iterated": (stream) => drain(stream),
    "when a reader comes to its end": async (stream) => {
      const reader = stream.getReader();
      while (!(await reader.read()).done);
    },
    "when its branches are read": async (stream) => {
      for (const branch of stream.tee()) await drain(branch);
    },
    "when one branch is read and the other dropped": async (stream) => {
      await drain(stream.tee()[1]);
    },
  };
  for (const [name, consume] of Object.entries(ways)) {
    test(`${name}, with what came`, async () => {
      const { tracer, ended } = setUp();
      await consume(await tracer.span("s", async () => text("a", "b")));
      const { output, status } = await ended("s");
      expect(status).toBe("OK");
      if (!name.includes("dropped")) expect(output).toEqual(["a", "b"]);
    });
  }

  test("when it is piped, piped through, made a response's body, or canceled", async () => {
    const { tracer, ended } = setUp();
    await tracer.span("to", () => text("a")).pipeTo(new WritableStream());
    await drain(tracer.span("through", () => text("a")).pipeThrough(new TransformStream()));
    await tracer.span("cancel", () => text("a")).cancel();
    const bytes = tracer.span("body", () => text("a").pipeThrough(new TextEncoderStream()));
    expect(await new Response(bytes).text()).toBe("a");
    for (const name of ["to", "through", "cancel", "body"]) expect((await ended(name)).status).toBe("OK");
  });

  test("with its error, and what came before it", async () => {
    const { tracer, ended } = setUp();
    let count = 0;
    const stream = tracer.span("s", () => {
      return new ReadableStream<string>({
        pull: (controller) => (count++ === 0 ? controller.enqueue("a") : controller.error(new TypeError("reset"))),
      });
    });
    await expect(drain(stream)).rejects.toThrow("reset");
    expect(await ended("s")).toMatchObject({ status: "ERROR", error: { type: "TypeError" }, output: ["a"] });
  });
});

describe("a Node stream ends its span", () => {
  const ways: Record<string, (stream: Readable) => unknown> = {
    "when it is iterated": (stream) => drain(stream),
    "when it is piped": (stream) => drain(stream.pipe(new PassThrough({ objectMode: true }))),
    "when its data is listened to": (stream) =>
      new Promise((resolve) => stream.on("data", () => {}).on("end", resolve)),
  };
  for (const [name, consume] of Object.entries(ways)) {
    test(`${name}, with what came`, async () => {
      const { tracer, ended } = setUp();
      await consume(tracer.span("s", () => Readable.from(["a", "b"])));
      expect((await ended("s")).output).toEqual(["a", "b"]);
    });
  }

  test("when it is destroyed, with the error where there is one", async () => {
    const { tracer, ended } = setUp();
    tracer.span("quiet", () => Readable.from(["a"])).destroy();
    const torn = tracer.span("torn", () => Readable.from(["a"]));
    torn.on("error", () => {}).destroy(new Error("torn"));
    expect((await ended("quiet")).status).toBe("OK");
    expect((await ended("torn")).error?.message).toBe("torn");
  });

  test("immediately when it is only written to, or a connection that stays open", () => {
    const { tracer } = setUp();
    tracer.span("sink", () => new Writable());
    tracer.span("socket", () => new Duplex({ read() {} }));
    expect(tracer.stats().queue.openSpans).toBe(0);
  });
});

describe("a generator ends its span", () => {
  test("with what it yielded and what it returned, each as it was then", async () => {
    const { tracer, ended } = setUp();
    const answer = tracer.traced("g", function* () {
      const chunk = { text: "" };
      for (const letter of "abc") {
        chunk.text += letter;
        yield chunk;
      }
      return "stop";
    });
    expect([...answer()]).toHaveLength(3);
    const { output, data } = await ended("g");
    expect(output).toEqual([{ text: "a" }, { text: "ab" }, { text: "abc" }]);
    expect(data).toEqual({ "everspan.returned": "stop" });
  });

  test("with an error and what came before it; also an error of its cleanup", async () => {
    const { tracer, ended } = setUp();
    const failing = tracer.traced("failing", async function* () {
      yield "tok1";
      yield "tok2";
      throw new RangeError("provider 500");
    });
    await expect(drain(failing())).rejects.toThrow("provider 500");
    expect(await ended("failing")).toMatchObject({ output: ["tok1", "tok2"], error: { type: "RangeError" } });
    const unclean = tracer.traced("unclean", async function* () {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is the case
        throw new Error("cleanup failed");
      }
    });
    await expect(
      (async () => {
        for await (const _ of unclean()) break;
      })(),
    ).rejects.toThrow("cleanup failed");
    expect((await ended("unclean")).status).toBe("ERROR");
  });

  test("and what begins in it, its cleanup included, is inside the span", async () => {
    const { tracer, ended } = setUp();
    const sync = tracer.traced("sync", function* () {
      yield tracer.span("inner", () => 1);
    });
    expect([...sync()]).toEqual([1]);
    const asynchronous = tracer.traced("async", async function* () {
      try {
        yield 1;
      } finally {
        tracer.span("cleanup", () => 0);
      }
    });
    for await (const _ of asynchronous()) break;
    expect((await ended("inner")).parentId).toBe((await ended("sync")).id);
    expect((await ended("cleanup")).parentId).toBe((await ended("async")).id);
  });

  test("and keeps a bounded part of a long stream, and says how many items there were", async () => {
    const { tracer, ended } = setUp();
    for (const _ of tracer.traced("long", function* () {
      for (let i = 0; i < 5_000; i++) yield i;
    })());
    for (const _ of tracer.traced("wide", function* () {
      for (let i = 0; i < 10; i++) yield `${i}`.repeat(300_000);
    })());
    const long = await ended("long");
    expect(long.output).toHaveLength(1_000);
    expect(long.data).toEqual({ "everspan.items": 5_000 });
    const wide = await ended("wide");
    expect(wide.output).toHaveLength(4);
    expect(wide.data).toEqual({ "everspan.items": 10 });
  });
});

describe("a thenable", () => {
  const query = (run: () => unknown) => ({
    // biome-ignore lint/suspicious/noThenProperty: a query builder is one
    // biome-ignore lint/suspicious/noExplicitAny: as the language types it
    then: (ok?: any, no?: any) => Promise.resolve(run()).then(ok, no),
  });

  test("is run by the application alone, once, inside the span, and its handlers are not", async () => {
    const { tracer, ended } = setUp();
    let runs = 0;
    const insert = tracer.span("insert", () => {
      return query(() => {
        runs += 1;
        return tracer.span("driver", () => ({ rowCount: 1 }));
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toBe(0);
    expect(tracer.stats().queue.openSpans).toBe(1);
    await insert.then(() => expect(tracer.activeSpan()).toBeUndefined());
    expect(runs).toBe(1);
    const { id, output } = await ended("insert");
    expect(output).toEqual({ rowCount: 1 });
    expect((await ended("driver")).parentId).toBe(id);
  });

  test("that resolves to a stream ends with the stream", async () => {
    const { tracer, ended } = setUp();
    class ApiPromise<T> extends Promise<T> {}
    const stream = await tracer.span("llm", () => ApiPromise.resolve(text("a", "b")));
    expect(tracer.stats().queue.openSpans).toBe(1);
    await drain(stream);
    expect((await ended("llm")).output).toEqual(["a", "b"]);
  });
});

describe("a response", () => {
  test("ends its span when its body was read; immediately when there is none", async () => {
    const { tracer, ended } = setUp();
    tracer.span("empty", () => new Response(null, { status: 204 }));
    expect(tracer.stats().queue.openSpans).toBe(0);
    const response = await tracer.span("full", async () => new Response("hello", { status: 418 }));
    expect(tracer.stats().queue.openSpans).toBe(1);
    expect(await response.text()).toBe("hello");
    expect((await ended("full")).status).toBe("OK");
  });
});

describe("the context", () => {
  test("keeps each tracer's own innermost span", async () => {
    const { tracer: a, exporter } = setUp();
    const { tracer: b } = setUp();
    a.span("outer", () => b.span("foreign", () => a.span("inner", () => {})));
    await a.flush();
    expect(exporter.named("inner")?.parentId).toBe(exporter.named("outer")?.id);
  });

  test("of a disabled trace records nothing that begins inside it, until another trace is named", async () => {
    const { tracer, exporter } = setUp();
    tracer.trace("").span("turn", () => {
      tracer.span("llm", { input: "private" }, () => {});
      tracer.trace("named").span("other", () => {});
    });
    await tracer.flush();
    expect(exporter.snapshots.map(({ name }) => name)).toEqual(["other"]);
  });

  test("goes on after its span has ended: what begins then is still its child", async () => {
    const { tracer, exporter } = setUp();
    const trace = tracer.startTrace({ taskId: "task" });
    let later: () => void = () => {};
    trace.span("turn", () => {
      const bound = new Promise<void>((resolve) => {
        later = resolve;
      });
      void bound.then(() => tracer.span("late", () => {}));
    });
    later();
    await new Promise((resolve) => setImmediate(resolve));
    await tracer.flush();
    const turn = exporter.named("turn");
    expect(exporter.named("late")).toMatchObject({ traceId: trace.id, parentId: turn?.id, taskId: "task" });
  });
});

describe("memory", () => {
  const gc = garbageCollection();
  const collect = async () => {
    for (let i = 0; i < 5; i++) {
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  for (const disabled of [false, true]) {
    test(`of an ended span's payloads is given back while its context lives${disabled ? ", disabled too" : ""}`, async () => {
      const exporter = new RecordingExporter();
      const tracer = new Tracer({
        exporters: [{ name: "null", export: async () => ({ kind: "delivered" as const }) }],
        logger: new RecordingLogger(),
        disabled,
      });
      expect(exporter.snapshots).toEqual([]);
      const refs: WeakRef<object>[] = [];
      const handles: NodeJS.Timeout[] = [];
      const noop = () => {};
      const payload = () => {
        const made = { messages: Array.from({ length: 100 }, (_, i) => ({ content: `${i}`.repeat(500) })) };
        refs.push(new WeakRef(made));
        return made;
      };
      const answer = async () => {
        handles.push(setInterval(noop, 100_000));
        return payload();
      };
      const turn = async () => void (await tracer.span("turn", { input: payload(), data: payload() }, answer));
      for (let i = 0; i < 10; i++) await turn();
      await tracer.flush();
      await collect();
      expect(refs.filter((ref) => ref.deref() !== undefined)).toHaveLength(0);
      for (const handle of handles) clearInterval(handle);
    });
  }

  test("of a stream that nobody reads is given back, and its span ends and says so", async () => {
    const { tracer, ended } = setUp();
    const forget = async (name: string, make: () => unknown) => void (await tracer.span(name, async () => make()));
    await forget("stream", () => text("a"));
    await forget("generator", async function* () {
      yield 1;
    });
    tracer.traced("lazy", async function* () {
      yield 1;
    })();
    await collect();
    for (const name of ["stream", "lazy"]) {
      expect((await ended(name)).data).toMatchObject({ "everspan.unconsumed": true });
    }
    expect(tracer.stats().queue.openSpans).toBe(0);
  });
});
