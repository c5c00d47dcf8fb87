import { RecordingExporter, RecordingLogger, ScriptedServer } from "@everspan/testkit";
import { describe, expect, it, test } from "vitest";
import { DEFAULT_BATCH, DEFAULT_DELIVERY } from "../contract/defaults.ts";
import { laneOptions } from "../delivery/resolve-lane.ts";
import { tracerFromEnv } from "../environment/tracer-from-env.ts";
import { AgentexExporter } from "../exporters/agentex/exporter.ts";
import { Tracer } from "./tracer.ts";

const exporter = new RecordingExporter("one");

describe("options", () => {
  const bad: [string, unknown, RegExp][] = [
    [
      "NaN",
      { batch: { maxRecords: Number.NaN } },
      /batch\.maxRecords: expected a finite number of at least 1, got NaN/,
    ],
    ["a negative number", { queue: { maxBytes: -1 } }, /queue\.maxBytes: expected .* got -1/],
    ["a number as text", { batch: { lingerMs: "250" } }, /batch\.lingerMs: expected a finite number .* got "250"/],
    ["zero concurrency", { delivery: { concurrency: 0 } }, /delivery\.concurrency/],
    ["half a request", { delivery: { concurrency: 1.5 } }, /delivery\.concurrency: expected a whole number, got 1\.5/],
    [
      "fewer requests at most than usual",
      { delivery: { concurrency: 4, maxConcurrency: 2 } },
      /delivery\.concurrency: expected at most maxConcurrency \(2\), got 4/,
    ],
    [
      "an attempt longer than the delivery",
      { delivery: { attemptTimeoutMs: 10, deliveryTimeoutMs: 5 } },
      /at most deliveryTimeoutMs \(5\), got 10/,
    ],
    ["an unknown key", { exporter: [] }, /unknown option "exporter"; known are service, exporters/],
    ["an unknown key within", { queue: { size: 3 } }, /queue: unknown option "size"; known are maxRecords, maxBytes/],
    ["an exporter that is none", { exporters: [{}] }, /expected objects with a name and an export method/],
    ["two exporters of one name", { exporters: [exporter, exporter] }, /unique names, got "one" twice/],
    ["a processor that is none", { processors: [null] }, /processors: expected an array of functions/],
    ["a logger that is none", { logger: {} }, /logger: expected a method "debug"/],
    ["a service name that is none", { service: { name: 7 } }, /service\.name: expected a string, got 7/],
    ["no object", "everspan", /options: expected an object, got "everspan"/],
  ];
  test.each(bad)("C13 %s is refused by the constructor with one clear error", (_, options, message) => {
    expect(() => new Tracer(options as never)).toThrow(message);
    expect(() => new Tracer(options as never)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^EVERSPAN_/) }),
    );
  });

  test.each([
    ["more than the exporter's most", { concurrency: 8 }],
    ["less", { concurrency: 1 }],
    ["only the most, below the usual number", { maxConcurrency: 2 }],
  ])("of a tracer may ask for %s: an exporter that allows few is no error", (_, delivery) => {
    const agentex = new AgentexExporter({ baseUrl: "http://127.0.0.1:9" });
    expect(() => new Tracer({ exporters: [agentex], delivery })).not.toThrow();
    const env = { AGENTEX_BASE_URL: "http://127.0.0.1:9", AGENTEX_SPAN_QUEUE_CONCURRENCY: "8" };
    expect(Object.keys(tracerFromEnv({}, env).stats().lanes)).toEqual(["agentex"]);
  });

  test("the most that an exporter allows lowers what the tracer set for all", () => {
    const { delivery } = laneOptions(new AgentexExporter({ baseUrl: "http://127.0.0.1:9" }), DEFAULT_BATCH, {
      ...DEFAULT_DELIVERY,
      concurrency: 8,
      maxConcurrency: 8,
    });
    expect(delivery).toMatchObject({ concurrency: 3, maxConcurrency: 3 });
  });

  it("never shows a long text, which may be a secret, in an error", () => {
    const secret = "sk-live-0123456789abcdef0123456789";
    expect(() => new Tracer({ batch: { lingerMs: secret } } as never)).toThrow(/a string of 34 characters/);
    expect(() => new Tracer({ batch: { lingerMs: secret } } as never)).not.toThrow(secret);
  });
});

describe("the environment", () => {
  const lanes = (env: Record<string, string>, logger = new RecordingLogger()) =>
    Object.keys(tracerFromEnv({ logger }, env).stats().lanes);

  it("names the back ends, each of which gets a lane of its own that delivers to it", async () => {
    const paths = {
      sgp: "/v5/spans/batch",
      agentex: "/spans",
      otlp: "/v1/traces",
      collector: "/v1/everspan/batch",
    };
    const servers = await Promise.all(Object.keys(paths).map(() => ScriptedServer.start()));
    const [sgp, agentex, otlp, collector] = servers.map(({ url }) => url) as [string, string, string, string];
    const tracer = tracerFromEnv(
      { logger: new RecordingLogger() },
      {
        SGP_API_KEY: "k",
        SGP_ACCOUNT_ID: "a",
        SGP_BASE_URL: sgp,
        AGENTEX_BASE_URL: agentex,
        OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
        EVERSPAN_COLLECTOR_URL: collector,
      },
    );
    tracer.span("work", () => 0);
    const { ok, lanes } = await tracer.shutdown();
    expect(ok).toBe(true);
    expect(Object.entries(lanes).map(([name, { delivered }]) => [name, delivered])).toEqual(
      Object.keys(paths).map((name) => [name, 1]),
    );
    for (const [index, path] of Object.values(paths).entries()) {
      expect(servers[index]!.requests.map((request) => request.path)).toContain(path);
      await servers[index]!.close();
    }
  });

  it("without any back end has no lane", () => {
    expect(lanes({})).toEqual([]);
  });

  test("C13 a bad value is warned of by name, never by value, and falls back; code beats the environment", () => {
    const logger = new RecordingLogger();
    const env = {
      AGENTEX_SPAN_QUEUE_BATCH_SIZE: "many",
      AGENTEX_SPAN_QUEUE_CONCURRENCY: "-2",
      AGENTEX_SPAN_QUEUE_MAX_SIZE: "7",
      EVERSPAN_DISABLED: "perhaps",
      EVERSPAN_COLLECTOR_URL: "not a url",
    };
    const tracer = tracerFromEnv({ exporters: [exporter], queue: { maxRecords: 3 }, logger }, env);
    expect(logger.lines).toHaveLength(3);
    expect(logger.lines.join()).not.toMatch(/many|-2|perhaps/);
    for (let i = 0; i < 10; i++) tracer.startTrace().startSpan("x").end();
    expect(tracer.stats().queue.records).toBe(3);
    expect(lanes({ EVERSPAN_COLLECTOR_URL: "not a url" }, logger)).toEqual([]);
    expect(logger.lines).toHaveLength(5);
  });

  it("disables everything by EVERSPAN_DISABLED", () => {
    const tracer = tracerFromEnv({ exporters: [exporter] }, { EVERSPAN_DISABLED: "true" });
    const span = tracer.startTrace().startSpan("x");
    expect(span.isRecording).toBe(false);
    expect(tracer.stats().lanes.one?.created).toBe(0);
  });

  it("disables the SGP exporter for want of an account id, and says so once", async () => {
    const logger = new RecordingLogger();
    const tracer = tracerFromEnv({ logger }, { SGP_API_KEY: "k" });
    tracer.startTrace().startSpan("x").end();
    expect(logger.lines).toEqual([expect.stringMatching(/sgp is disabled: .*account id/)]);
    expect(tracer.stats().lanes.sgp?.dropped.disabled).toBe(2);
    expect(await tracer.flush()).toMatchObject({ timedOut: false });
  });
});
