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
