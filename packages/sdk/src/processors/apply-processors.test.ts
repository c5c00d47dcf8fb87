/** What may come back from a processor, and what becomes of it. */
import type { SpanSnapshot } from "@everspan/protocol";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { SpanOptions } from "../recording/span/span-options.ts";
import { Tracer } from "../recording/tracer.ts";
import type { SpanProcessor } from "./index.ts";

const GIVEN: SpanOptions = { type: "COMPLETION", input: { ask: [1] }, output: { say: "two" }, data: { own: true } };

async function processed(...processors: SpanProcessor[]) {
  const exporter = new RecordingExporter();
  const logger = new RecordingLogger();
  const tracer = new Tracer({ exporters: [exporter], processors, logger });
  tracer.startTrace().startSpan("s", GIVEN).recordError(new TypeError("own")).end();
  const { lanes } = await tracer.shutdown();
  const ended = exporter.snapshots.find(({ phase }) => phase === "ended");
  return { ended, dropped: lanes.recording!.dropped, lines: logger.lines };
}

const changing =
  (change: Record<string, unknown>): SpanProcessor =>
  (snapshot) =>
    ({ ...snapshot, ...change }) as SpanSnapshot;

describe("a processor's answer", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["a word", "s", "s"],
    ["a number", 5, "5"],
    ["true", true, "true"],
    ["a promise of one", Promise.resolve({ name: "s" }), "a promise"],
    ["an array", [{ name: "s" }], "an array"],
    ["an object without a name", {}, "an object"],
    ["an object whose name is no text", { name: 1 }, "an object"],
    ["a function with a name", function s() {}, "a function"],
  ])("that is %s loses the record as hook_failed, and says so", async (_, answer) => {
    const { ended, dropped, lines } = await processed(() => answer as never);
    expect(ended).toBeUndefined();
    expect(dropped).toMatchObject({ hook_failed: 2, sampled: 0 });
    expect(lines).toEqual([expect.stringContaining("expected a snapshot or null")]);
  });

  test.each(["name", "input", "data", "status", "error"])(
    "whose %s can't be read loses the record as hook_failed, and says why",
    async (field) => {
      const get = () => {
        throw new RangeError(`no ${field} today`);
      };
      const { ended, dropped, lines } = await processed((snapshot) =>
        Object.defineProperty({ ...snapshot }, field, { get }),
      );
      expect(ended).toBeUndefined();
      expect(dropped.hook_failed).toBe(2);
      expect(lines).toEqual([expect.stringContaining(`no ${field} today`)]);
    },
  );

  test("that is null ends there: the next processor is not asked, and nothing is said", async () => {
    const asked: string[] = [];
    const { ended, dropped, lines } = await processed(
      () => null,
      (snapshot) => {
        asked.push(snapshot.name);
        return snapshot;
      },
    );
    expect(ended).toBeUndefined();
    expect(dropped).toMatchObject({ sampled: 2, hook_failed: 0 });
    expect([asked, lines]).toEqual([[], []]);
  });

  test("is what the next one gets", async () => {
    const { ended } = await processed(changing({ name: "first" }), (snapshot) => ({
      ...snapshot,
      name: `${snapshot.name}, second`,
    }));
    expect(ended).toMatchObject({ name: "first, second", input: { ask: [1] } });
  });
});

describe("what a processor changes", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["nothing", {}, {}],
    ["the name", { name: "other" }, { name: "other" }],
    ["the type", { type: "GUARDRAIL" }, { type: "GUARDRAIL" }],
    ["the type to what is none", { type: "WORD" }, { type: "COMPLETION" }],
    ["the status to OK", { status: "OK" }, { status: "OK" }],
    ["the status to CANCELED", { status: "CANCELED" }, { status: "CANCELED" }],
    ["the status to what is none", { status: "FINE" }, { status: "OK" }],
    ["the error", { error: { type: "E", message: "m" } }, { error: { type: "E", message: "m" } }],
    ["a payload", { input: { ask: "[hidden]" } }, { input: { ask: "[hidden]" } }],
    ["a payload to null", { input: null }, { input: null }],
    ["a payload to a word", { output: "word" }, { output: "word" }],
    ["a payload to what JSON has no word for", { output: 12n }, { output: "[BigInt: 12]" }],
    ["the data", { data: { own: false } }, { data: { own: false } }],
    ["the data to what is no object", { data: "word" }, { data: { value: "word" } }],
    ["the data to an array", { data: [1] }, { data: { value: [1] } }],
  ])("%s", async (_, change, expected) => {
    const { ended, dropped } = await processed(changing(change));
    expect(dropped.hook_failed).toBe(0);
    const own = {
      name: "s",
      type: "COMPLETION",
      status: "ERROR",
      error: { type: "TypeError", message: "own" },
      input: { ask: [1] },
      output: { say: "two" },
      data: { own: true },
    };
    expect(ended).toMatchObject({ ...own, ...expected });
    if ("data" in expected) expect(ended!.data).toEqual(expected.data);
  });

  test.each(["input", "output", "data"] as const)("%s that it takes away is gone", async (field) => {
    const { ended } = await processed(changing({ [field]: undefined }));
    expect(ended).toMatchObject({ name: "s" });
    expect(ended).not.toHaveProperty(field);
  });

  test("one payload to another of the same span", async () => {
    const { ended } = await processed((snapshot) => ({ ...snapshot, input: snapshot.output, data: snapshot.data! }));
    expect(ended).toMatchObject({ input: { say: "two" }, output: { say: "two" }, data: { own: true } });
  });

  test("is its identity never", async () => {
    const other = {
      traceId: "t",
      id: "i",
      parentId: "p",
      phase: "started",
      revision: 99,
      startTime: "x",
      endTime: "y",
    };
    const seen: SpanSnapshot[] = [];
    const { ended } = await processed((snapshot) => {
      seen.push(snapshot);
      return { ...snapshot, ...other, name: "other" } as never;
    });
    const { traceId, id, phase, revision, startTime, endTime } = seen[1]!;
    expect(ended).toMatchObject({ name: "other", traceId, id, phase, revision, startTime, endTime });
    expect(ended).not.toHaveProperty("parentId");
  });

  test("is what it was when it answered: what it does with its objects later changes nothing", async () => {
    const error = { type: "E", message: "then" };
    const input = { text: "then" };
    const exporter = new RecordingExporter();
    const tracer = new Tracer({ exporters: [exporter], processors: [changing({ error, input })] });
    tracer.startTrace().startSpan("s").recordError(new Error("x")).end();
    error.message = input.text = "later";
    await tracer.shutdown();
    expect(exporter.named("s")).toMatchObject({ error: { message: "then" }, input: { text: "then" } });
  });
});
