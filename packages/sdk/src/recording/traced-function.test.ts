import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { transform } from "esbuild";
import { afterEach, describe, expect, test } from "vitest";
import { setDefaultTracer } from "../environment/default-tracer.ts";
import { traced } from "../environment/traced-decorator.ts";
import type { Agent as Decorated } from "./decorated.fixture.ts";
import { Tracer } from "./tracer.ts";

function setUp() {
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], logger: new RecordingLogger() });
  const sent = async () => {
    await tracer.flush();
    return exporter.snapshots;
  };
  return { tracer, exporter, sent };
}

describe("a traced function", () => {
  test("keeps name, length, own properties that come later too, and whether it is async", () => {
    const { tracer } = setUp();
    async function search(_query: string, _limit: number) {}
    const wrapped = tracer.traced("s", Object.assign(search, { version: 1 }));
    Object.assign(search, { later: true });
    expect({ ...wrapped }).toEqual({ version: 1, later: true });
    expect([wrapped.name, wrapped.length]).toEqual(["search", 2]);
    expect(Object.prototype.toString.call(wrapped)).toBe("[object AsyncFunction]");
  });

  test("takes its arguments as input, unless told otherwise: null hides them", async () => {
    const { tracer, sent } = setUp();
    tracer.traced("one", (_a: number) => {})(1);
    tracer.traced("two", (_a: number, _b: number) => {})(1, 2);
    tracer.traced("hidden", (_secret: string) => {}, { input: null })("secret");
    expect((await sent()).map(({ input }) => input)).toEqual([1, [1, 2], null]);
  });

  test("of a class has static methods that make traced instances, and find private static members by the class's name", async () => {
    const { tracer, sent } = setUp();
    class Agent {
      static #made = 0;
      readonly number = Agent.#made;
      static create() {
        Agent.#made += 1;
        return new this();
      }
      static get made() {
        return Agent.#made;
      }
    }
    const Traced = tracer.traced("agent", Agent);
    expect(Traced.create()).toBeInstanceOf(Agent);
    expect(Traced.made).toBe(1);
    expect((await sent()).map(({ name }) => name)).toEqual(["agent"]);
  });

  test("can be a class: instances stay its instances, subclasses can be made of it", async () => {
    const { tracer, sent } = setUp();
    class Agent {
      #secret = 1;
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      secret() {
        return this.#secret;
      }
    }
    const Wrapped = tracer.traced("make", Agent);
    class Special extends Wrapped {}
    expect(new Wrapped("a")).toBeInstanceOf(Agent);
    expect(new Special("b")).toBeInstanceOf(Special);
    expect(new Special("b").secret()).toBe(1);
    expect((await sent()).map(({ input }) => input)).toEqual(["a", "b", "b"]);
  });
});

describe("@traced()", () => {
  afterEach(() => setDefaultTracer(undefined));

  test("traces methods, static and private ones and fields, by the default tracer of the moment", async () => {
    const { tracer, sent } = setUp();
    const file = fileURLToPath(new URL("decorated.fixture.ts", import.meta.url));
    const { code } = await transform(readFileSync(file, "utf8"), { loader: "ts", target: "es2022" });
    const body = code.replace(/^import .*$/gm, "").replace(/^export .*$/gm, "");
    const Agent = new Function("traced", `${body}; return Agent;`)(traced) as typeof Decorated;
    setDefaultTracer(tracer);
    const agent = Agent.make();
    expect(await agent.answer("abc")).toBe(6);
    expect(agent.field(1)).toBe(3);
    const spans = await sent();
    expect(spans.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "make STANDALONE",
      "answer COMPLETION",
      "doubled STANDALONE",
      "field STANDALONE",
    ]);
    expect(spans[2]?.parentId).toBe(spans[1]?.id);
  });
});

describe("withSpan", () => {
  test("makes an open span active without ending it", async () => {
    const { tracer, exporter, sent } = setUp();
    const span = tracer.startTrace().startSpan("outer");
    const inner = tracer.withSpan(span, () => {
      expect(tracer.activeSpan()).toBe(span);
      return tracer.span("inner", (active) => active.id);
    });
    expect(span.isRecording).toBe(true);
    span.end();
    await sent();
    expect(exporter.named("inner")).toMatchObject({ id: inner, parentId: span.id });
  });

  test("without a span, as where none is active, runs what it is given as it is", () => {
    const { tracer } = setUp();
    const own = new Error("own");
    expect(tracer.withSpan(tracer.activeSpan(), () => tracer.span("root", ({ parentId }) => [parentId]))).toEqual([
      undefined,
    ]);
    const fails = () => {
      throw own;
    };
    expect(() => tracer.withSpan(undefined, fails)).toThrow(own);
  });
});

describe("nothing throws into the application", () => {
  const refused = Proxy.revocable(new Date(), {});
  refused.revoke();
  const failing = {
    get input() {
      throw new Error("lazy relation not loaded");
    },
    get taskId(): string {
      throw new Error("no task");
    },
    get timeoutMs(): number {
      throw new Error("no timeout");
    },
  };
  const calls: Record<string, (tracer: Tracer) => unknown> = {
    "null for a trace's options": (tracer) =>
      tracer
        .trace("x", null as never)
        .startSpan("x")
        .end(),
    "null for a new trace's options": (tracer) => tracer.startTrace(null as never),
    "null for a traced function's options": (tracer) => tracer.traced("x", () => 1, null as never)(),
    "options whose getters throw": (tracer) =>
      tracer
        .startTrace(failing)
        .startSpan("x", { id: "kept", ...{}, __proto__: failing } as never)
        .end(),
    "a span's options whose getters throw": (tracer) => tracer.span("x", failing, () => {}),
    "a traced function's options whose getters throw": (tracer) => tracer.traced("x", () => 1, failing)(),
    "a start that is a revoked proxy": (tracer) =>
      tracer.startTrace().startSpan("x", { startTime: refused.proxy }).end(),
    "flush options whose getters throw": (tracer) => tracer.flush(failing),
    "shutdown options whose getters throw": (tracer) => tracer.shutdown(failing),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`by ${name}`, async () => {
      const { tracer } = setUp();
      await call(tracer);
      await tracer.shutdown();
    });
  }
});
