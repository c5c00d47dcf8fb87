import { newTraceId } from "@everspan/protocol";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { SpanOptions } from "../recording/span/span-options.ts";
import { Tracer } from "../recording/tracer.ts";
import { enrich, type SpanProcessor, sampleTraces } from "./index.ts";

async function traced(processors: SpanProcessor[], trace?: string, options: SpanOptions = {}, status?: "CANCELED") {
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], processors, logger: new RecordingLogger() });
  const span = (trace === undefined ? tracer.startTrace() : tracer.trace(trace)).startSpan("s", options);
  if (status !== undefined) span.status = status;
  span.end();
  const { lanes } = await tracer.shutdown();
  return { snapshot: exporter.named("s"), dropped: Object.values(lanes)[0]!.dropped };
}

describe("sampleTraces", () => {
  const kept = (share: number, ids: readonly string[]) => {
    const processor = sampleTraces(share);
    return ids.filter((traceId) => processor({ traceId } as never) !== null);
  };
  const tasks = Array.from({ length: 4_000 }, (_, i) => `task ${i}`);

  test.each([
    ["W3C ids", Array.from({ length: 4_000 }, newTraceId)],
    ["task ids", tasks],
  ])("keeps about its share of %s, all at 1 and none at 0, and a smaller share is part of a larger", (_, ids) => {
    expect(kept(0, ids)).toEqual([]);
    expect(kept(1, ids)).toEqual(ids);
    const quarter = kept(0.25, ids);
    expect(quarter.length / ids.length).toBeGreaterThan(0.2);
    expect(quarter.length / ids.length).toBeLessThan(0.3);
    const half = new Set(kept(0.5, ids));
    expect(quarter.every((id) => half.has(id))).toBe(true);
  });

  test("decides as OpenTelemetry does, by the randomness in the trace id", () => {
    const idWith = (randomness: string) => `${"0".repeat(18)}${randomness}`;
    expect(kept(0.5, [idWith("80000000000000"), idWith("7fffffffffffff")])).toEqual([idWith("80000000000000")]);
  });

  test.each([
    ["", 0.668922],
    ["a", 0.103526],
    ["task 1", 0.181651],
    ["order-4711/eu", 0.54755],
    ["Ünïcode 日本", 0.350174],
    ["0123456789abcdef0123456789abcdef", 0.862222],
    ["of 32 digits and more: 0123456789abcdef0123456789abcdef", 0.525155],
    ["0123456789abcdef0123456789abcdef, and more than 32 digits", 0.187071],
  ])("decides of %j as every other process of every release does", (id, least) => {
    expect(kept(least, [id])).toEqual([]);
    expect(kept(least + 1e-6, [id])).toEqual([id]);
  });

  test("what is left out is counted as sampled, start and end", async () => {
    const { snapshot, dropped } = await traced([sampleTraces(0)]);
    expect(snapshot).toBeUndefined();
    expect(dropped.sampled).toBe(2);
  });

  test.each([-0.1, 1.1, Number.NaN, "1" as never])("%s is no share", (share) => {
    expect(() => sampleTraces(share)).toThrow(
      new RangeError(`sampleTraces: expected a share from 0 to 1, got ${share}`),
    );
  });
});

describe("enrich", () => {
  test("adds fields below what the span says itself", async () => {
    const { snapshot } = await traced([enrich({ region: "eu", release: "1" })], undefined, { data: { release: "2" } });
    expect(snapshot?.data).toEqual({ region: "eu", release: "2" });
  });

  test("by a function, for some", async () => {
    const onlyNamed = enrich(({ name }) => (name === "s" ? { named: true } : undefined));
    expect((await traced([onlyNamed])).snapshot?.data).toEqual({ named: true });
    expect((await traced([enrich(() => undefined)])).snapshot).not.toHaveProperty("data");
  });
});

describe("any processor", () => {
  test("keeps CANCELED, may change it, and can take an error away", async () => {
    expect((await traced([enrich({ a: 1 })], undefined, {}, "CANCELED")).snapshot?.status).toBe("CANCELED");
    const exporter = new RecordingExporter();
    const forgive: SpanProcessor = ({ error: _, ...rest }) => ({ ...rest, status: "OK" });
    const tracer = new Tracer({ exporters: [exporter], processors: [forgive], logger: new RecordingLogger() });
    tracer.startTrace().startSpan("s").recordError(new Error("x")).end();
    await tracer.shutdown();
    expect(exporter.named("s")).toMatchObject({ status: "OK" });
    expect(exporter.named("s")).not.toHaveProperty("error");
  });
});
