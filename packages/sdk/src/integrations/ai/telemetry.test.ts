import { afterEach, beforeEach, expect, test } from "vitest";
import { MemoryExporter } from "../../exporters/local/memory-exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import { everspanTelemetry, registerEverspan } from "./telemetry.ts";

let memory: MemoryExporter;
let tracer: Tracer;
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
});
afterEach(() => tracer.shutdown());

test("callbacks answer nothing to wait for, and throw nothing whatever they are handed", () => {
  const telemetry = everspanTelemetry({ tracer });
  const hostile = new Proxy(
    { callId: "c" },
    {
      get(target, name) {
        if (name === "callId") return target.callId;
        throw new Error("hostile");
      },
    },
  ) as never;
  telemetry.onStart({ callId: "c" });
  for (const [name, callback] of Object.entries(telemetry)) {
    if (name.startsWith("on")) expect((callback as (event: never) => unknown)(hostile), name).toBeUndefined();
  }
});

test("a model's request and a tool run as without us when their call is not known", async () => {
  const telemetry = everspanTelemetry({ tracer });
  const result = Promise.resolve(1);
  expect(telemetry.executeLanguageModelCall({ callId: "unknown", execute: () => result })).toBe(result);
  expect(telemetry.executeTool({ callId: "unknown", toolCallId: "t", execute: () => result })).toBe(result);
});

test("a failure of the request passes through untouched", async () => {
  const telemetry = everspanTelemetry({ tracer });
  telemetry.onStart({ callId: "c", operationId: "ai.generateText" });
  telemetry.onLanguageModelCallStart({ callId: "c", modelId: "m" });
  const failure = new Error("refused");
  const request = telemetry.executeLanguageModelCall({ callId: "c", execute: () => Promise.reject(failure) });
  await expect(request).rejects.toBe(failure);
  telemetry.onError({ callId: "c", error: failure });
  await tracer.flush();
  expect(memory.spans().map(({ status }) => status)).toEqual(["ERROR", "ERROR"]);
  expect(tracer.stats().queue.openSpans).toBe(0);
});

test("is registered for every copy of the package `ai`, and taken out again", () => {
  const holder = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown[] };
  const others = holder.AI_SDK_TELEMETRY_INTEGRATIONS?.length ?? 0;
  const unregister = registerEverspan({ tracer });
  expect(holder.AI_SDK_TELEMETRY_INTEGRATIONS).toHaveLength(others + 1);
  unregister();
  unregister();
  expect(holder.AI_SDK_TELEMETRY_INTEGRATIONS).toHaveLength(others);
});
