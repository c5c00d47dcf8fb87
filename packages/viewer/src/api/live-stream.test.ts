import { afterEach, expect, test, vi } from "vitest";
import { followLive, type LiveEvent } from "./live-stream.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A stream that the test writes to. */
function liveResponse() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
  });
  return {
    response: new Response(body),
    write: (text: string) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
  };
}

test("what changed before the stream began is asked for, the first time as after every gap", async () => {
  vi.useFakeTimers();
  const streams = [liveResponse(), liveResponse()];
  const answers = streams.map(({ response }) => response);
  vi.stubGlobal("fetch", async () => answers.shift() ?? Promise.reject(new TypeError("down")));
  vi.stubGlobal("window", {});
  const events: LiveEvent[] = [];
  const stop = followLive((event) => events.push(event));
  await vi.advanceTimersByTimeAsync(0);
  expect(events).toEqual([{ kind: "resync" }]);

  streams[0]!.write('event: trace-updated\ndata: {"traceId":"a"}\n\n: alive\n\n');
  await vi.advanceTimersByTimeAsync(0);
  expect(events.slice(1)).toEqual([{ kind: "trace", traceId: "a" }]);

  streams[0]!.end();
  await vi.advanceTimersByTimeAsync(5000);
  expect(events.slice(2)).toEqual([{ kind: "resync" }, { kind: "resync" }]);
  stop();
  streams[1]!.end();
});

/** Streams that go on until they are aborted, as those of a connection that is gone and nobody says so. */
function endlessStreams() {
  const streams: { readonly signal: AbortSignal; readonly write: (text: string) => void }[] = [];
  vi.stubGlobal("window", {});
  vi.stubGlobal("fetch", async (_: string, { signal }: { signal: AbortSignal }) => {
    const body = new ReadableStream<Uint8Array>({
      start: (given) => {
        streams.push({ signal, write: (text) => given.enqueue(new TextEncoder().encode(text)) });
        signal.addEventListener("abort", () => given.error(signal.reason));
      },
    });
    return new Response(body);
  });
  return streams;
}

test("a stream that has fallen silent is left, and what changed meanwhile asked for", async () => {
  vi.useFakeTimers();
  const streams = endlessStreams();
  const events: LiveEvent[] = [];
  const stop = followLive((event) => events.push(event));
  await vi.advanceTimersByTimeAsync(44_000);
  expect([streams.length, events.length]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(streams[0]!.signal.aborted).toBe(true);
  expect(streams).toHaveLength(2);
  expect(events).toEqual([{ kind: "resync" }, { kind: "resync" }, { kind: "resync" }]);
  stop();
});

test("a stream on which nothing but signs of life come is kept", async () => {
  vi.useFakeTimers();
  const streams = endlessStreams();
  const stop = followLive(() => {});
  for (let beat = 0; beat < 10; beat++) {
    await vi.advanceTimersByTimeAsync(15_000);
    streams[0]!.write(": alive\n\n");
  }
  expect(streams).toHaveLength(1);
  expect(streams[0]!.signal.aborted).toBe(false);
  stop();
});
