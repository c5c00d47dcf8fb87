/** Every variable that is documented, by what it changes on the wire. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordingLogger, ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tracerFromEnv } from "./tracer-from-env.ts";

let server: ScriptedServer;
let logger: RecordingLogger;
beforeEach(async () => {
  server = await ScriptedServer.start();
  logger = new RecordingLogger();
});
afterEach(() => server.close());

type Variables = Record<string, string>;

/** Traces one span by a tracer of this environment; gives the requests. */
async function traced(env: Variables) {
  const tracer = tracerFromEnv({ logger }, env);
  tracer.span("work", () => 0);
  await tracer.shutdown();
  return server.requests.map(({ method, path, headers, body }) => ({ method, path, headers, text: body.toString() }));
}

describe("back ends", () => {
  test.each(["SGP_BASE_URL", "SGP_CLIENT_BASE_URL"])("SGP by %s", async (name) => {
    const [request] = await traced({ SGP_API_KEY: "k", SGP_ACCOUNT_ID: "a", [name]: server.url });
    expect(request).toMatchObject({
      method: "PUT",
      path: "/v5/spans/batch",
      headers: { "x-api-key": "k", "x-selected-account-id": "a" },
    });
  });

  test("Agentex", async () => {
    const [request] = await traced({ AGENTEX_BASE_URL: server.url, AGENTEX_API_KEY: "k" });
    expect(request).toMatchObject({ path: "/spans", headers: { authorization: "Bearer k" } });
  });

  test("the collector", async () => {
    const [request] = await traced({ EVERSPAN_COLLECTOR_URL: server.url, EVERSPAN_TOKEN: "t" });
    expect(request).toMatchObject({ path: "/v1/everspan/batch", headers: { authorization: "Bearer t" } });
  });

  test("any OTLP back end, with headers, whose values are percent-encoded", async () => {
    const [request] = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-scope=a%20b,x-other=1",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-other=2",
    });
    expect(request).toMatchObject({ path: "/v1/traces", headers: { "x-scope": "a b", "x-other": "2" } });
  });

  test("OTLP in the form, the compression and at the very address that is asked for", async () => {
    const [request] = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${server.url}/otel`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    });
    expect(request).toMatchObject({
      path: "/otel",
      headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
    });
  });

  test("OTLP within the time that is asked for", async () => {
    server.answerAlways("hang");
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: server.url, OTEL_EXPORTER_OTLP_TIMEOUT: "20" };
    const tracer = tracerFromEnv({ logger }, env);
    tracer.span("work", () => 0);
    await tracer.flush({ timeoutMs: 1 });
    await server.until(({ requests }) => requests.length > 1);
    server.answerAlways({ status: 200 });
    await tracer.shutdown();
  });

  test("OTEL_TRACES_EXPORTER names them, and none means none", () => {
    const lanes = (env: Variables) => Object.keys(tracerFromEnv({ logger }, env).stats().lanes);
    expect(lanes({ OTEL_TRACES_EXPORTER: "otlp,console" })).toEqual(["otlp", "console"]);
    expect(lanes({ OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: server.url })).toEqual([]);
    expect(lanes({ OTEL_TRACES_EXPORTER: "zipkin", EVERSPAN_COLLECTOR_URL: server.url })).toEqual(["collector"]);
    expect(logger.lines.filter((line) => line.includes("OTEL_TRACES_EXPORTER is ignored"))).toHaveLength(1);
  });
});

describe("the service", () => {
  const serviceOf = async (env: Variables) => {
    const [request] = await traced({ EVERSPAN_COLLECTOR_URL: server.url, ...env });
    return JSON.parse(request!.text).spans[0].service;
  };

  test("by OTEL_SERVICE_NAME and the agent's names", async () => {
    const env = { OTEL_SERVICE_NAME: "s", AGENT_NAME: "a", AGENT_ID: "i", ACP_TYPE: "sync" };
    expect(await serviceOf(env)).toEqual({ name: "s", agentName: "a", agentId: "i", acpType: "sync" });
  });

  test("by the resource's attributes, where no name of its own is given", async () => {
    const OTEL_RESOURCE_ATTRIBUTES = "service.name=r%2C1,service.version=2,deployment.environment=prod";
    expect(await serviceOf({ OTEL_RESOURCE_ATTRIBUTES })).toEqual({ name: "r,1", version: "2" });
    server.requests.length = 0;
    expect(await serviceOf({ OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME: "s" })).toMatchObject({ name: "s" });
    server.requests.length = 0;
    expect(await serviceOf({ AGENT_NAME: "a" })).toEqual({ name: "a", agentName: "a" });
  });
});

describe("tuning", () => {
  test("batches: their size, how long they wait, how many are in flight", async () => {
    server.answerAlways("hang");
    const env = {
      SGP_API_KEY: "k",
      SGP_ACCOUNT_ID: "a",
      SGP_BASE_URL: server.url,
      AGENTEX_SPAN_QUEUE_BATCH_SIZE: "2",
      AGENTEX_SPAN_QUEUE_LINGER_MS: "0",
      AGENTEX_SPAN_QUEUE_CONCURRENCY: "2",
    };
    const tracer = tracerFromEnv({ logger }, env);
    for (let i = 0; i < 10; i++) tracer.span(`work ${i}`, () => 0);
    await server.until(({ requests }) => requests.length === 2);
    expect(server.requests.map(({ body }) => JSON.parse(body.toString()).items.length)).toEqual([2, 2]);
    expect(tracer.stats().lanes.sgp?.pending).toEqual({ queued: 6, spooled: 0, inFlight: 4 });
    await tracer.shutdown({ timeoutMs: 0 });
  });

  test("the queue", () => {
    const env = { EVERSPAN_COLLECTOR_URL: server.url, AGENTEX_SPAN_QUEUE_MAX_SIZE: "3" };
    const tracer = tracerFromEnv({ logger }, env);
    for (let i = 0; i < 10; i++) tracer.span(`work ${i}`, () => 0);
    expect(tracer.stats().queue.records).toBe(3);
    return tracer.shutdown();
  });

  test("the spool's directory", async () => {
    const EVERSPAN_SPOOL_DIR = await mkdtemp(join(tmpdir(), "everspan-env-"));
    const tracer = tracerFromEnv({ logger }, { EVERSPAN_COLLECTOR_URL: server.url, EVERSPAN_SPOOL_DIR });
    expect(tracer.stats().mode).toBe("spool");
    await tracer.shutdown();
    await rm(EVERSPAN_SPOOL_DIR, { recursive: true });
  });

  test.each(["EVERSPAN_DISABLED", "OTEL_SDK_DISABLED"])("%s records nothing, and says nothing", async (name) => {
    expect(await traced({ EVERSPAN_COLLECTOR_URL: server.url, [name]: "true" })).toEqual([]);
    expect(await traced({ [name]: "1" })).toEqual([]);
    expect(logger.lines).toEqual([]);
  });
});

describe("what can't be followed is named, once", () => {
  test.each([
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zstd"],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "10s"],
    ["OTEL_EXPORTER_OTLP_CERTIFICATE", "/secret/path.pem"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "no pairs,nor here"],
    ["OTEL_SDK_DISABLED", "perhaps"],
  ])("%s=%s", async (name, value) => {
    await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: server.url, [name]: value });
    expect(logger.lines.filter((line) => line.includes(`${name} is ignored`))).toHaveLength(1);
    expect(logger.lines.join()).not.toContain(value);
    expect(server.requests).toHaveLength(1);
  });

  test("that nothing will be sent", () => {
    tracerFromEnv({ logger }, {});
    expect(logger.lines).toEqual([expect.stringContaining("nothing will be sent")]);
    tracerFromEnv({ logger, exporters: [] }, {});
    expect(logger.lines).toHaveLength(1);
  });

  test("by default on the console, and from the process's own environment", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubEnv("EVERSPAN_COLLECTOR_URL", "nonsense");
    try {
      tracerFromEnv();
      expect(warn.mock.calls.flat().join()).toMatch(/url must be .*nothing will be sent/s);
    } finally {
      vi.unstubAllEnvs();
      warn.mockRestore();
    }
  });
});
