import { afterEach, expect, test } from "vitest";
import { MemoryExporter } from "../exporters/local/memory-exporter.ts";
import { Tracer } from "../recording/tracer.ts";
import { defaultTracer, setDefaultTracer } from "./default-tracer.ts";

afterEach(() => setDefaultTracer(undefined));

test("is the tracer that was set", () => {
  const tracer = new Tracer({ exporters: [new MemoryExporter()] });
  setDefaultTracer(tracer);
  expect(defaultTracer()).toBe(tracer);
});

test("is made from the environment at the first use, and stays", () => {
  const made = defaultTracer();
  expect(made).toBeInstanceOf(Tracer);
  expect(defaultTracer()).toBe(made);
});

test("is one for every copy of the package in the process", () => {
  const tracer = new Tracer();
  setDefaultTracer(tracer);
  expect((globalThis as Record<symbol, unknown>)[Symbol.for("everspan.default-tracer")]).toBe(tracer);
});
