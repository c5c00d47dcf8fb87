/** The same program with and without the SDK: what the application sees must be the same in every cell. */
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../tracer.ts";

/** Calls the function, in a span or not. */
type Run = <T>(fn: () => T) => T;
type Log = (...what: unknown[]) => void;
type Program = (run: Run, log: Log) => unknown;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a library's stream is: private state, a method that returns the stream, and iterations. */
class WordStream {
  #words = ["a", "b", "c"];
  #volume = 1;
  set volume(volume: number) {
    this.#volume = volume;
  }
  get volume() {
    return this.#volume;
  }
  static isOne(value: object) {
    return #words in value;
  }
  on() {
    return this;
  }
  async *[Symbol.asyncIterator]() {
    for (const word of this.#words) {
      await turn();
      yield word;
    }
  }
}

/** A query builder: nothing runs before somebody calls `then`. */
class Query {
  #runs = 0;
  readonly log: Log;
  constructor(log: Log) {
    this.log = log;
  }
  where() {
    return this;
  }
  // biome-ignore lint/suspicious/noThenProperty: a query builder is one
  // biome-ignore lint/suspicious/noExplicitAny: as the language types it
  then(ok?: any, no?: any) {
    this.log("runs", ++this.#runs);
    return Promise.resolve({ rows: [1] }).then(ok, no);
  }
}

class Answer<T> extends Promise<T> {
  withResponse() {
    return "response";
  }
}

const bytes = (...texts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });

async function caught(run: () => unknown, log: Log): Promise<void> {
  try {
    log("value", await run());
  } catch (error) {
    log("error", String(error), error);
  }
}

const PROGRAMS: Record<string, Program> = {
  "a sync generator, spread": (run, log) => {
    const generator = run(function* () {
      log("in", 1);
      yield 1;
      yield 2;
      return 3;
    });
    log(Object.prototype.toString.call(generator), generator[Symbol.iterator]() === generator, Object.keys(generator));
    log([...generator], generator.next());
  },
  "a sync generator, left early, resumed by hand, and thrown into": (run, log) => {
    function* numbers(): Generator<number, string, string | undefined> {
      try {
        log("got", yield 1);
        yield 2;
      } finally {
        log("cleanup");
      }
      return "end";
    }
    for (const value of run(numbers) as Iterable<number>) {
      log(value);
      break;
    }
    const second = run(numbers);
    log(second.next(), second.next("hello"), second.return("early"), second.next());
    const third = run(numbers);
    third.next();
    return caught(() => third.throw(new Error("into")), log);
  },
  "an async generator, iterated, left early, failing, failing in its cleanup": async (run, log) => {
    const generator = run(async function* () {
      yield "a";
      await turn();
      yield "b";
    });
    log(Object.prototype.toString.call(generator), generator[Symbol.asyncIterator]() === generator);
    for await (const value of generator) log(value);
    const unclean = run(async function* () {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is the case
        throw new Error("cleanup failed");
      }
    });
    await caught(async () => {
      for await (const value of unclean) {
        log(value);
        break;
      }
    }, log);
    const failing = run(async function* () {
      yield 1;
      throw new RangeError("provider 500");
    });
    await caught(async () => {
      for await (const value of failing) log(value);
    }, log);
    log(await failing.next());
  },
  "an async generator, asked for several items before the first comes": async (run, log) => {
    const generator = run(async function* (): AsyncGenerator<number> {
      yield 1;
      yield 2;
    });
    log(await Promise.all([generator.next(), generator.next(), generator.next(), generator.return(7)]));
  },
  "a library's stream": async (run, log) => {
    const original = new WordStream();
    const stream = run(() => original);
    stream.volume = 5;
    log(
      stream === original,
      stream.volume,
      WordStream.isOne(stream),
      stream.on() === stream,
      stream.on === original.on,
    );
    log(Object.keys(stream), stream instanceof WordStream);
    for await (const word of stream) log(word);
    for await (const word of stream) log("again", word);
  },
  "a library's stream that comes by a promise, left early": async (run, log) => {
    const original = new WordStream();
    const stream = await run(async () => original);
    log(stream === original);
    for await (const word of stream) {
      log(word);
      break;
    }
  },
  "a frozen stream": async (run, log) => {
    const original = Object.freeze({
      tee: () => 1,
      async *[Symbol.asyncIterator]() {
        yield 1;
      },
    });
    const stream = run(() => original);
    log(stream === original, stream.tee());
    for await (const value of stream) log(value);
  },
  "a lazy thenable, awaited, twice, and never": async (run, log) => {
    const original = new Query(log);
    const query = run(() => original);
    log(query === original, query instanceof Query, query.where() === query);
    await turn();
    log(await (query as PromiseLike<unknown>));
    log(await query.then((result: unknown) => ["mapped", result]));
    run(() => new Query(log));
    await turn();
  },
  "a thenable whose then throws": (run, log) => {
    const thenable = run(() => ({
      // biome-ignore lint/suspicious/noThenProperty: that is the case
      then() {
        throw new Error("sync then");
      },
    }));
    log(typeof thenable.then);
    return caught(async () => await (thenable as never), log);
  },
  "a subclass of Promise": async (run, log) => {
    const original = new Answer<number>((resolve) => setImmediate(resolve, 42));
    const answer = run(() => original);
    log(answer === original, answer instanceof Answer, answer.withResponse(), answer.then() instanceof Answer);
    log(await answer, await answer.finally(() => log("finally")));
    await caught(() => run(() => Answer.reject(new TypeError("no"))), log);
    log(await run(() => Answer.reject(new TypeError("no"))).catch(() => "handled"));
  },
  "a promise with properties of its own": async (run, log) => {
    const request = (settle: (ok: (value: number) => void, no: (error: Error) => void) => void) => {
      const promise = new Promise<number>((ok, no) => setImmediate(() => settle(ok, no)));
      const json = async () => ["parsed", await promise];
      return Object.assign(promise, { json, cancel: () => "canceled" });
    };
    const original = request((ok) => ok(42));
    const promise = run(() => original);
    log(promise === original, promise instanceof Promise, promise.cancel(), await promise.json());
    log(await promise, await promise.then((value) => value + 1), Object.getOwnPropertyNames(promise));
    log(await run(() => request((ok) => ok(1))), await Promise.all([run(() => request((ok) => ok(2)))]));
    const refused = () => run(() => request((_, no) => no(new RangeError("refused"))));
    for (const handle of [refused, () => refused().json(), () => Promise.race([refused()]), async () => refused()])
      await caught(handle, log);
    log(await refused().catch(() => "handled"));
    void refused();
    const late = refused();
    await turn();
    await turn();
    await late.catch(() => log("late"));
    log(Object.getOwnPropertyNames(await run(async () => original)));
  },
  "rejections that nobody handles": async (run) => {
    void run(async () => {
      throw new Error("plain");
    });
    void run(() => new Answer((_, reject) => setImmediate(reject, new Error("subclass"))));
    const late = run(() => new Answer((_, reject) => setImmediate(reject, new Error("handled late"))));
    await turn();
    await turn();
    await late.catch(() => {});
    const generator = run(async function* () {
      yield await Promise.reject(new Error("step"));
    });
    void generator.next();
    await turn();
  },
  "a web stream, read in every way": async (run, log) => {
    const open = (...texts: string[]) => run(() => bytes(...texts));
    for await (const chunk of open("a", "b")) log(chunk);
    log(await new Response(open("text")).text());
    const reader = open("r").getReader();
    log(await reader.read(), await reader.read(), await reader.closed);
    const piped = open("p").pipeThrough(new TransformStream());
    log(piped instanceof ReadableStream);
    for await (const chunk of piped) log(chunk);
    for (const branch of open("t").tee()) log(await new Response(branch).text());
    await open("c").cancel("enough");
    await open("to").pipeTo(new WritableStream({ write: (chunk) => log(chunk) }));
    log(await new Response(await run(async () => bytes("later"))).text());
    const locked = open("l");
    locked.getReader();
    await caught(() => locked.getReader(), log);
    for await (const chunk of open("x", "y")) {
      log(chunk);
      break;
    }
  },
  "a web stream that fails": (run, log) => {
    const stream = run(() => new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) }));
    return caught(() => new Response(stream).text(), log);
  },
  "a Node stream, read in every way": async (run, log) => {
    const original = Readable.from(["a", "b"]);
    const stream = run(() => original);
    log(stream === original, stream.on("error", () => {}) === stream, stream instanceof Readable);
    for await (const chunk of stream) log(chunk);
    await new Promise((resolve) =>
      run(() => Readable.from(["d"]))
        .on("data", log)
        .on("end", resolve),
    );
    const upper = new Transform({ objectMode: true, transform: (chunk, _, done) => done(null, `${chunk}!`) });
    await pipeline(
      run(() => Readable.from(["x", "y"])),
      upper,
      async (source) => {
        for await (const chunk of source) log(chunk);
      },
    );
    const destroyed = run(() => Readable.from(["never"]));
    destroyed.destroy();
    await new Promise((resolve) => destroyed.on("close", resolve));
    const failing = run(() => Readable.from(["f"]));
    failing.destroy(new Error("torn"));
    await caught(async () => {
      for await (const chunk of failing) log(chunk);
    }, log);
  },
  "a response": async (run, log) => {
    class Special extends Response {}
    const original = new Special("hello", { status: 201 });
    const response = await run(async () => original);
    log(response === original, response instanceof Special, response.status, response.bodyUsed);
    log(await response.clone().text(), await response.text(), response.bodyUsed);
    log(run(() => new Response(null, { status: 204 })).body);
  },
  "a class instance, a function, a proxy and nothing": (run, log) => {
    class Thing {
      #secret = 1;
      get secret() {
        return this.#secret;
      }
    }
    const thing = new Thing();
    log(run(() => thing) === thing, run(() => thing).secret, Object.getOwnPropertyNames(run(() => thing)));
    const fn = () => 1;
    log(run(() => fn) === fn, Object.getOwnPropertyNames(fn));
    const touched: PropertyKey[] = [];
    const proxy = new Proxy(Promise.resolve(1), { get: (_, name) => void touched.push(name) });
    log(run(() => proxy) === proxy, touched.includes("then"));
    log(
      run(() => undefined),
      run(() => null),
      run(() => 0),
    );
  },
  "an error that comes from far below: its stack names who awaits": async (run, log) => {
    async function below() {
      await turn();
      throw new Error("far below");
    }
    async function between() {
      await run(below);
    }
    async function above() {
      await run(between);
    }
    const error = await above().catch((error: Error) => error);
    log([...String(error?.stack).matchAll(/at (?:async )?(?:below|between|above)\b/g)].join());
  },
  "an error that is thrown": (run, log) => {
    const error = Object.freeze(new Error("frozen"));
    return caught(
      () =>
        run(() => {
          throw error;
        }),
      log,
    );
  },
};

/** Everything that the program logged, and the rejections that were left to the process. */
async function seenBy(program: Program, run: Run): Promise<unknown[]> {
  const seen: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  const onUnhandled = (error: unknown) => void seen.push(`unhandled: ${String(error)}`);
  process.on("unhandledRejection", onUnhandled);
  try {
    await program(run, (...what) => void seen.push(what));
    await turn();
    await turn();
  } finally {
    process.off("unhandledRejection", onUnhandled);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return seen;
}

describe("a program sees the same with and without a span", () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    for (const way of ["tracer.span", "trace.span", "traced"] as const) {
      test(`${name}, through ${way}`, async () => {
        const bare = await seenBy(program, (fn) => fn());
        const exporter = new RecordingExporter();
        const tracer = new Tracer({ exporters: [exporter], logger: new RecordingLogger() });
        const trace = tracer.startTrace();
        const run: Run = (fn) => {
          if (way === "traced") return tracer.traced("x", fn)();
          return way === "trace.span" ? trace.span("x", fn) : tracer.span("x", fn);
        };
        expect(await seenBy(program, run)).toEqual(bare);
        await tracer.shutdown();
      });
    }
  }
});
