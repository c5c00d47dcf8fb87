import { ManualClock, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { expect, test } from "vitest";
import type { SpanExporter, SpanReader } from "../contract/span-exporter.ts";
import { Tracer } from "./tracer.ts";

function readable(name: string, reader: SpanReader): SpanExporter {
  return Object.assign(new RecordingExporter(name), { reader });
}

function tracerWith(...exporters: SpanExporter[]) {
  const logger = new RecordingLogger();
  return { tracer: new Tracer({ exporters, logger, clock: new ManualClock() }), logger };
}

test("spans are read back from the first exporter that can, by the trace's id", async () => {
  const asked: unknown[] = [];
  const reader = (name: string) =>
    ({
      getSpan: async (...ids: string[]) => void asked.push([name, ...ids]),
      listSpans: async (...ids: string[]) => {
        asked.push([name, ...ids]);
        return [{ name: "a" }];
      },
    }) as unknown as SpanReader;
  const { tracer, logger } = tracerWith(
    new RecordingExporter("writes only"),
    readable("first", reader("first")),
    readable("second", reader("second")),
  );
  const trace = tracer.trace("t");
  expect(await trace.getSpan("s")).toBeUndefined();
  expect(await trace.listSpans()).toEqual([{ name: "a" }]);
  expect(asked).toEqual([
    ["first", "t", "s"],
    ["first", "t"],
  ]);
  expect(logger.lines).toEqual([]);
});

test("where none can read, or the trace is disabled, there are none, and nothing is said", async () => {
  const { tracer, logger } = tracerWith(new RecordingExporter());
  expect(await tracer.trace("t").getSpan("s")).toBeUndefined();
  expect(await tracer.trace("t").listSpans()).toEqual([]);
  const never = () => expect.unreachable();
  const disabled = tracerWith(readable("a", { getSpan: never, listSpans: never })).tracer.trace("");
  expect(await disabled.getSpan("s")).toBeUndefined();
  expect(await disabled.listSpans()).toEqual([]);
  expect(logger.lines).toEqual([]);
});

test("what fails to be read is as what is not there, and is said once", async () => {
  const fail = (): never => {
    throw new Error("403");
  };
  const { tracer, logger } = tracerWith(readable("a", { getSpan: fail, listSpans: () => Promise.reject(fail()) }));
  const trace = tracer.trace("t");
  expect(await trace.getSpan("s")).toBeUndefined();
  expect(await trace.listSpans()).toEqual([]);
  expect(logger.lines).toEqual(["everspan: spans could not be read back: 403"]);
});
