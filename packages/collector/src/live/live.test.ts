import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAX_LIVE_SUBSCRIBERS } from "../limits.ts";
import { CollectorFixture, requestHead, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeEach(async () => {
  fixture = await CollectorFixture.start();
});
afterEach(() => fixture.stop());

/** Reads a stream until its text matches. */
async function readUntil(stream: ReadableStreamDefaultReader<string>, pattern: RegExp): Promise<string> {
  let text = "";
  while (!pattern.test(text)) {
    const part = await stream.read();
    if (part.done) throw new Error(`the stream ended: ${text}`);
    text += part.value;
  }
  return text;
}

async function openStream(signal: AbortSignal): Promise<ReadableStreamDefaultReader<string>> {
  const answer = await fetch(`${fixture.collector.url}/api/live`, { signal });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  return answer.body!.pipeThrough(new TextDecoderStream()).getReader() as ReadableStreamDefaultReader<string>;
}

test("a subscriber is told which trace changed, once for many changes", async () => {
  const controller = new AbortController();
  const stream = await openStream(controller.signal);
  await readUntil(stream, /retry: \d+/);
  for (const id of ["a", "b", "c"]) await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ id })] });
  const text = await readUntil(stream, /trace-updated/);
  expect(text).toContain('event: trace-updated\ndata: {"traceId":"trace-1"}\n\n');
  controller.abort();
});

test("a subscriber is told that a run was deleted; nothing is said of one that never was", async () => {
  await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ trace_id: "gone" })] });
  const controller = new AbortController();
  const stream = await openStream(controller.signal);
  await readUntil(stream, /retry: \d+/);
  await fixture.send("DELETE", "/api/traces/never-was", undefined);
  await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ trace_id: "kept" })] });
  expect(await readUntil(stream, /"kept"/)).not.toContain("resync");
  await fixture.send("DELETE", "/api/traces/gone", undefined);
  await readUntil(stream, /event: resync\ndata: \{\}\n\n/);
  controller.abort();
});

test("S18 a subscriber that does not read holds up neither ingest nor the others", async () => {
  const deaf = Array.from({ length: 20 }, () => {
    const socket = connect(fixture.port, "127.0.0.1").pause();
    socket.write(requestHead("/api/live", [`Host: 127.0.0.1:${fixture.port}`]));
    return socket;
  });
  const controller = new AbortController();
  const stream = await openStream(controller.signal);
  for (let batch = 0; batch < 10; batch++) {
    const items = Array.from({ length: 300 }, (_, i) => sgpItem({ trace_id: `t-${batch}-${i}` }));
    expect((await fixture.send("PUT", "/v5/spans/batch", { items })).status).toBe(200);
  }
  await readUntil(stream, /t-9-299|resync/);
  for (const socket of deaf) socket.destroy();
  controller.abort();
});

test("streams have a bound, and who goes away gives its place back", async () => {
  const controller = new AbortController();
  const streams = Array.from({ length: MAX_LIVE_SUBSCRIBERS }, () => openStream(controller.signal));
  for (const stream of await Promise.all(streams)) await readUntil(stream, /retry/);
  const statusOfNext = async () => {
    const one = new AbortController();
    const { status } = await fetch(`${fixture.collector.url}/api/live`, { signal: one.signal });
    one.abort();
    return status;
  };
  expect(await statusOfNext()).toBe(503);
  controller.abort();
  // The test's own time limit bounds it.
  while ((await statusOfNext()) !== 200);
});

test("a stop ends the streams", async () => {
  const stream = await openStream(AbortSignal.timeout(30_000));
  await readUntil(stream, /retry/);
  const closed = fixture.collector.close();
  while (!(await stream.read()).done);
  await closed;
});

test("every call of close gives the same promise", () => {
  expect(fixture.collector.close()).toBe(fixture.collector.close());
});
