import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { withEverspan } from "./index.ts";

/** A linger longer than any test: only a flush delivers. */
function setUp() {
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], batch: { lingerMs: 600_000 }, logger: new RecordingLogger() });
  const kept: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  return { tracer, exporter, kept, context };
}

describe("a Worker's handlers", () => {
  test("a response's spans are flushed when its body has ended, and the event is kept alive for it", async () => {
    const { tracer, exporter, kept, context } = setUp();
    const worker = withEverspan(
      { tracer },
      {
        name: "my worker",
        async fetch(_request: Request, env: { greeting: string }, _context: typeof context) {
          expect(this.name).toBe("my worker");
          return new Response(tracer.span("turn", () => env.greeting));
        },
      },
    );
    const response = await worker.fetch(new Request("http://w.test/"), { greeting: "hello" }, context);
    expect(kept).toHaveLength(1);
    expect(await response.text()).toBe("hello");
    await kept[0];
    expect(exporter.named("turn")).toMatchObject({ phase: "ended", output: "hello" });
  });

  test.each<[string, () => unknown, string]>([
    ["returns", () => "done", "done"],
    ["answers later", async () => "done", "done"],
  ])("another event's spans are flushed when its handler %s", async (_, end, expected) => {
    const { tracer, exporter, kept, context } = setUp();
    const worker = withEverspan(
      { tracer },
      { scheduled: (_e: unknown, _env: unknown, _c: typeof context) => tracer.span("tick", end) },
    );
    expect(await worker.scheduled({}, {}, context)).toBe(expected);
    await Promise.all(kept);
    expect(exporter.named("tick")).toMatchObject({ phase: "ended" });
  });

  test("what a handler throws goes on as it came, and its spans are flushed all the same", async () => {
    const { tracer, exporter, kept, context } = setUp();
    const error = new Error("mine");
    const fail = (name: string) => () =>
      tracer.span(name, () => {
        throw error;
      });
    const worker = withEverspan(
      { tracer },
      {
        fetch: async (_r: Request, _env: unknown, _c: typeof context): Promise<Response> => fail("fetch")(),
        queue: async (_b: unknown, _env: unknown, _c: typeof context) => fail("queue")(),
        email: (_m: unknown, _env: unknown, _c: typeof context) => fail("email")(),
      },
    );
    await expect(worker.fetch(new Request("http://w.test/"), {}, context)).rejects.toBe(error);
    await expect(worker.queue({}, {}, context)).rejects.toBe(error);
    expect(() => worker.email({}, {}, context)).toThrow(error);
    await Promise.all(kept);
    expect(exporter.snapshots.map(({ name }) => name).toSorted()).toEqual(["email", "fetch", "queue"]);
  });

  test("the object that was given stays as it was, and what is no handler is handed on", () => {
    const { tracer } = setUp();
    const handlers = Object.freeze({ fetch: () => new Response(), version: 3 });
    const wrapped = withEverspan({ tracer }, handlers);
    expect(wrapped.version).toBe(3);
    expect(wrapped.fetch).not.toBe(handlers.fetch);
  });
});
