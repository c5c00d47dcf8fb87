import { expect, test } from "vitest";
import { hugeTree } from "../testing/fixture-traces.ts";
import { parseLiveEvent } from "./live-stream.ts";
import { ListCutter, readInSlices } from "./read-in-slices.ts";

const body = {
  trace: { name: 'a "quoted] name\\', models: ["m1", "m2"], nested: { list: [[1], [2]] } },
  spans: [{ id: "a", input: { list: [1, "]},{", [2]] } }, { id: "b", text: 'x\\" [' }, { id: "c" }],
  producers: [{ id: "p", ledger: { dropped: {} } }],
};

test("the answer is the same wherever its text is divided", () => {
  const text = JSON.stringify(body);
  for (let size = 1; size <= text.length; size++) {
    const cutter = new ListCutter();
    for (let at = 0; at < text.length; at += size) cutter.push(text.slice(at, at + size));
    const { frame, items } = cutter.end();
    expect({ ...(frame as object), spans: items }).toEqual(body);
  }
});

test("spans are read whole from a response of many slices", async () => {
  const large = { trace: { models: [] }, spans: hugeTree(20_000) };
  expect(await readInSlices(new Response(JSON.stringify(large)), "spans")).toEqual(large);
});

test("an answer that was cut short is an error, not half a trace", async () => {
  await expect(readInSlices(new Response(JSON.stringify(body).slice(0, -5)), "spans")).rejects.toThrow(SyntaxError);
});

test("live events are read, comments and unknown events passed over", () => {
  expect(parseLiveEvent('event: trace-updated\ndata: {"traceId":"t1"}')).toEqual({ kind: "trace", traceId: "t1" });
  expect(parseLiveEvent("event: resync\ndata: {}")).toEqual({ kind: "resync" });
  for (const message of [": alive", "retry: 1000", "event: trace-updated\ndata: {broken", "event: other\ndata: {}"]) {
    expect(parseLiveEvent(message)).toBeUndefined();
  }
});
