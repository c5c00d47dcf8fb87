import { RecordingLogger, ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { ATTEMPT, ended, started } from "../testing/snapshots.ts";
import { AgentexExporter } from "./exporter.ts";

let server: ScriptedServer;
let exporter: AgentexExporter;
beforeEach(async () => {
  server = await ScriptedServer.start();
  exporter = new AgentexExporter({ baseUrl: server.url, apiKey: "key-of-the-test" });
});
afterEach(async () => {
  await exporter.shutdown();
  await server.close();
});

const verbs = () => server.requests.map(({ method, path }) => `${method} ${path}`);
const ID = started().id;

describe("AgentexExporter", () => {
  test("creates a span when it starts and patches it when it ends", async () => {
    await exporter.export([started()], ATTEMPT);
    await exporter.export([ended()], ATTEMPT);
    expect(verbs()).toEqual(["POST /spans", `PATCH /spans/${ID}`]);
    expect(server.requests[0]?.headers.authorization).toBe("Bearer key-of-the-test");
  });

  test("creates a span whose start was never sent as it ended", async () => {
    await exporter.export([ended()], ATTEMPT);
    expect(verbs()).toEqual(["POST /spans"]);
  });

  test("a start and its end in one batch keep their order", async () => {
    await exporter.export([started(), ended()], ATTEMPT);
    expect(verbs()).toEqual(["POST /spans", `PATCH /spans/${ID}`]);
  });

  test("W22 a back end that forgot the start gets the whole span", async () => {
    await exporter.export([started()], ATTEMPT);
    server.answerNext({ status: 404 });
    expect(await exporter.export([ended()], ATTEMPT)).toEqual({ kind: "delivered" });
    expect(verbs()).toEqual(["POST /spans", `PATCH /spans/${ID}`, "POST /spans"]);
  });

  test("after a restart of the application a span that the back end knows is patched", async () => {
    server.answerNext({ status: 409 });
    expect(await exporter.export([ended()], ATTEMPT)).toEqual({ kind: "delivered" });
    expect(verbs()).toEqual(["POST /spans", `PATCH /spans/${ID}`]);
  });

  test("W8 W9 a span that is refused is named, and the others are delivered", async () => {
    server.answerAlways(({ body }) =>
      body.includes('"bad"') ? { status: 422, body: '{"detail":"no"}' } : { status: 200 },
    );
    const batch = ["a", "bad", "c"].map((id) => ended({ id }));
    expect(await exporter.export(batch, ATTEMPT)).toMatchObject({ kind: "partial", rejected: [{ id: "bad" }] });
    expect(server.requests).toHaveLength(3);
  });

  test("a batch that fails says what had arrived, and the wish of the server", async () => {
    const one = new AgentexExporter({ baseUrl: server.url, delivery: { concurrency: 1 } });
    const batch = ["a", "b", "c"].map((id) => ended({ id }));
    server.answerNext({ status: 200 }, { status: 503, headers: { "retry-after": "2" } });
    const half = { kind: "busy", retryAfterMs: 2_000, delivered: [0], maybeDelivered: [] };
    expect(await one.export(batch, ATTEMPT)).toMatchObject(half);
    expect(await one.export(batch.slice(1), ATTEMPT)).toEqual({ kind: "delivered" });
    expect(server.requests.map(({ body }) => JSON.parse(body.toString()).id)).toEqual(["a", "b", "b", "c"]);
    await one.shutdown();
  });

  test("what has arrived of a batch that fails is told by its position, whatever the failure", async () => {
    const one = new AgentexExporter({ baseUrl: server.url, delivery: { concurrency: 1 } });
    const batch = ["a", "b", "c"].map((id) => ended({ id }));
    server.answerNext({ status: 503 });
    expect(await one.export(batch, ATTEMPT)).not.toHaveProperty("maybeDelivered");
    server.answerNext({ status: 200 }, { status: 401 });
    expect(await one.export(batch, ATTEMPT)).toMatchObject({ kind: "busy", delivered: [0], maybeDelivered: [] });
    server.answerNext({ status: 200 }, "reset", "reset");
    expect(await one.export(batch, ATTEMPT)).toMatchObject({ kind: "busy", delivered: [0], maybeDelivered: [1] });
    await one.shutdown();
  });

  test("of failures at the same time the one that may have arrived counts, and that one alone", async () => {
    const batch = ["a", "b"].map((id) => ended({ id }));
    server.answerNext({ status: 503 }, "reset");
    const one = expect.any(Number);
    expect(await exporter.export(batch, ATTEMPT)).toMatchObject({ kind: "busy", delivered: [], maybeDelivered: [one] });
  });

  test("what an attempt that was given up got through with is told by the next one", async () => {
    const one = new AgentexExporter({ baseUrl: server.url, delivery: { concurrency: 1 } });
    const batch = ["a", "b", "c"].map((id) => ended({ id }));
    const controller = new AbortController();
    server.answerNext({ status: 200 }, "hang");
    const outcome = one.export(batch, { signal: controller.signal, attempt: 1 });
    await server.until(({ requests }) => requests.length === 2);
    controller.abort();
    await outcome;
    server.answerAlways({ status: 503 });
    expect(await one.export(batch, ATTEMPT)).toMatchObject({ kind: "busy", delivered: [0], maybeDelivered: [] });
    await one.shutdown();
  });

  test("of 50 spans of which 40 arrive, 40 are delivered and 10 are lost", async () => {
    let requests = 0;
    server.answerAlways(() => (++requests > 40 ? { status: 503 } : { status: 200 }));
    const tracer = new Tracer({ exporters: [exporter], logger: new RecordingLogger() });
    for (let i = 0; i < 50; i++) tracer.startTrace().startSpan(`s${i}`).end();
    void tracer.flush();
    await vi.waitUntil(() => tracer.stats().lanes.agentex!.delivered === 40, { timeout: 60_000, interval: 5 });
    const { agentex } = (await tracer.shutdown({ timeoutMs: 50 })).lanes;
    expect(agentex).toMatchObject({ created: 100, coalesced: 50, delivered: 40, dropped: { shutdown_timeout: 10 } });
    expect(agentex!.maybeDelivered).toBeLessThanOrEqual(3);
  });

  test("an end is not sent when its start has just failed", async () => {
    server.answerNext({ status: 503 });
    await exporter.export([started(), ended()], ATTEMPT);
    expect(verbs()).toEqual(["POST /spans"]);
  });

  test("no more requests are in flight than the concurrency", async () => {
    server.answerAlways("hang");
    const controller = new AbortController();
    const batch = Array.from({ length: 20 }, (_, i) => ended({ id: `span-${i}` }));
    const outcome = exporter.export(batch, { signal: controller.signal, attempt: 1 });
    await server.until(({ requests }) => requests.length === 3);
    expect(server.connectionsMade).toBe(3);
    controller.abort();
    expect(await outcome).toMatchObject({ kind: "busy" });
  });

  test("reads spans back by id and by trace", async () => {
    const writer = new AgentexExporter({ baseUrl: server.url });
    await writer.export([ended({ input: { q: 1 } })], ATTEMPT);
    const stored = server.requests[0]!.body.toString();
    server.answerNext({ status: 200, body: stored }, { status: 200, body: `[${stored}]` }, { status: 404 });
    const { traceId, id } = ended();
    expect(await exporter.reader.getSpan(traceId, id)).toEqual(ended({ input: { q: 1 } }));
    expect(await exporter.reader.listSpans(traceId)).toEqual([ended({ input: { q: 1 } })]);
    expect(await exporter.reader.getSpan(traceId, "other")).toBeUndefined();
    await writer.shutdown();
  });
});
