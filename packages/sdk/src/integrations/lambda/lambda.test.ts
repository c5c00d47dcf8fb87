/** Lambda's interface: an invocation ends when the promise settles or the callback is called, and the process stands still. */
import { PassThrough } from "node:stream";
import { ManualClock, never, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { withEverspan } from "./index.ts";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** A linger longer than any test: only a flush delivers. */
function setUp(answer?: RecordingExporter["answer"]) {
  const clock = new ManualClock();
  const exporter = new RecordingExporter("lane", answer);
  const options = { exporters: [exporter], batch: { lingerMs: 600_000 }, clock, logger: new RecordingLogger() };
  const tracer = new Tracer(options);
  const context = (leftMs = 60_000) => ({ getRemainingTimeInMillis: () => leftMs, awsRequestId: "r" });
  return { clock, exporter, tracer, context };
}

describe("an invocation", () => {
  test("ends after its spans are delivered, with what the handler returned", async () => {
    const { exporter, tracer, context, clock } = setUp();
    const handler = withEverspan({ tracer }, async (event: { city: string }, _context: object) =>
      tracer.span("turn", async () => event.city),
    );
    const ended = handler({ city: "Utrecht" }, context());
    await clock.settle();
    expect(await ended).toBe("Utrecht");
    expect(exporter.named("turn")).toMatchObject({ phase: "ended", output: "Utrecht" });
  });

  test("that throws ends with its own error, and its spans are delivered", async () => {
    const { exporter, tracer, context, clock } = setUp();
    const error = new Error("mine");
    const handler = withEverspan({ tracer }, async (_event: object, _context: object) =>
      tracer.span("turn", async () => {
        throw error;
      }),
    );
    const ended = handler({}, context()).catch((caught: unknown) => caught);
    await clock.settle();
    expect(await ended).toBe(error);
    expect(exporter.named("turn")).toMatchObject({ status: "ERROR" });
  });

  test("of a handler with a callback ends when the callback is called, after the spans are delivered", async () => {
    const { exporter, tracer, context, clock } = setUp();
    type Callback = (error: Error | null, answer?: string) => void;
    const handler = withEverspan({ tracer }, (_event: object, _context: object, callback: Callback) => {
      tracer.startTrace().startSpan("turn").end();
      callback(null, "done");
    });
    const answers: unknown[] = [];
    handler({}, context(), (...answer) => answers.push(answer, exporter.snapshots.length));
    expect(answers).toEqual([]);
    await clock.settle();
    expect(answers).toEqual([[null, "done"], 1]);
  });

  test("that streams keeps nobody waiting who reads, and the mark that says so stays", async () => {
    const { exporter, tracer, context, clock } = setUp();
    const streaming = Object.assign(
      async (_event: object, stream: PassThrough, _context: object) => {
        await tracer.span("turn", async () => void stream.end("whole"));
      },
      { [STREAMING]: "response" },
    );
    const handler = withEverspan({ tracer }, streaming);
    expect((handler as typeof streaming)[STREAMING]).toBe("response");
    expect(handler.length).toBe(streaming.length);
    const stream = new PassThrough();
    const ended = handler({}, stream, context());
    expect(String(await stream.read())).toBe("whole");
    await clock.settle();
    await ended;
    expect(exporter.named("turn")).toMatchObject({ phase: "ended" });
  });

  test("never waits longer than it has time: what is left goes with the next one, and the account is exact", async () => {
    let isAway = true;
    const { exporter, tracer, context, clock } = setUp(() => (isAway ? never() : { kind: "delivered" }));
    const handler = withEverspan({ tracer, timeoutMs: 30_000 }, async (name: string, _context: object) => {
      tracer.startTrace().startSpan(name).end();
      return name;
    });
    const first = handler("first", context(1_000));
    await clock.advance(950);
    expect(await first).toBe("first");
    // Frozen for an hour: the clock jumps, nothing runs.
    clock.freezeFor(3_600_000);
    isAway = false;
    const second = handler("second", context());
    await clock.advance(30_000);
    expect(await second).toBe("second");
    const lane = tracer.stats().lanes.lane!;
    expect(lane).toMatchObject({ created: 4, coalesced: 2, delivered: 2, pending: { queued: 0, inFlight: 0 } });
    expect(exporter.named("second")).toMatchObject({ phase: "ended" });
    const none = handler("third", context(50));
    expect(await none).toBe("third");
  });
});
