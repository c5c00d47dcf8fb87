import { decodeHeartbeat, decodeNativeBatch, type Heartbeat } from "@everspan/protocol";
import { ManualClock, RecordingLogger, ScriptedServer, watchLedger } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SpanExporter } from "../../contract/span-exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import type { TracerOptions } from "../../recording/tracer-options.ts";
import { AgentexExporter } from "../agentex/exporter.ts";
import { OtlpExporter } from "../otlp/exporter.ts";
import { SgpExporter } from "../sgp/exporter.ts";
import { CollectorExporter } from "./exporter.ts";
import type { CollectorExporterOptions } from "./options.ts";
import { CollectorProducer } from "./producer.ts";

let server: ScriptedServer;
let clock: ManualClock;
let tracer: Tracer;
beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new ManualClock();
});
afterEach(async () => {
  const ended = tracer.shutdown({ timeoutMs: 1_000 });
  await clock.advance(1_100);
  await ended;
  await server.close();
});

const HEARTBEAT_PATH = "/v1/everspan/heartbeat";

function trace(exporter: SpanExporter, options: TracerOptions = {}): Tracer {
  tracer = new Tracer({ exporters: [exporter], clock, logger: new RecordingLogger(), ...options });
  return tracer;
}

function traceToCollector(options: CollectorExporterOptions = {}): Tracer {
  return trace(new CollectorExporter({ url: server.url, clock, ...options }));
}

function heartbeats(): Heartbeat[] {
  return server.requests
    .filter(({ path }) => path === HEARTBEAT_PATH)
    .map(({ body }) => {
      const decoded = decodeHeartbeat(JSON.parse(body.toString("utf8")));
      if (!decoded.ok) throw new Error(decoded.message);
      return decoded.heartbeat;
    });
}

function batches() {
  return server.requests
    .filter(({ path }) => path === "/v1/everspan/batch")
    .map(({ body }) => {
      const decoded = decodeNativeBatch(JSON.parse(body.toString("utf8")), () => "");
      if (!decoded.ok) throw new Error(decoded.message);
      return decoded.batch;
    });
}

const heartbeatsAre = (count: number) => server.until(() => heartbeats().length >= count);

/** Time passes in small steps, with turns of the event loop between them, until it is so. */
async function timePassesUntil(isSo: () => boolean): Promise<void> {
  for (let steps = 0; !isSo(); steps++) {
    if (steps > 5_000) throw new Error("it never came to that");
    await clock.advance(20);
  }
}

/** Time passes, and the beat that it makes is answered. */
async function beat(count: number, intervalMs = 10_000): Promise<void> {
  await clock.advance(intervalMs);
  await heartbeatsAre(count);
}

describe("while spans are open", () => {
  test("one heartbeat each 10 s tells who lives, what is open and what became of the records", async () => {
    traceToCollector();
    using _ = watchLedger(tracer);
    const spans = [1, 2, 3].map((i) => tracer.startTrace().startSpan(`s${i}`));
    await tracer.flush();
    await beat(1);
    await beat(2);
    expect(heartbeats()).toHaveLength(2);
    const [sent] = batches();
    expect(heartbeats()[1]).toEqual({
      final: false,
      producer: {
        id: sent?.producer?.id,
        batch: 1,
        lastSeq: 3,
        startedAt: expect.any(String),
        pid: process.pid,
        host: expect.any(String),
        heartbeatMs: 10_000,
        openSpans: 3,
        ledger: { created: 3, recovered: 0, delivered: 3, coalesced: 0, pending: 0, maybeDelivered: 0, dropped: {} },
      },
    });
    for (const span of spans) span.end();
  });

  test("the last end is reported with its batch, and then nothing more is sent", async () => {
    traceToCollector();
    const span = tracer.startTrace().startSpan("s");
    await tracer.flush();
    await beat(1);
    server.answerNext({ status: 503 });
    span.end();
    await timePassesUntil(() => tracer.stats().lanes.collector?.delivered === 2);
    expect(batches().map(({ producer }) => producer?.openSpans)).toEqual([1, 0, 0]);
    const before = heartbeats().length;
    await clock.advance(120_000);
    expect(heartbeats()).toHaveLength(before);
  });

  test("an end that no batch carries is reported by one more beat", async () => {
    const exporter = new CollectorExporter({ url: server.url, clock });
    trace(exporter, { processors: [(snapshot) => (snapshot.phase === "ended" ? null : snapshot)] });
    const span = tracer.startTrace().startSpan("s");
    await tracer.flush();
    span.end();
    await beat(1);
    await clock.advance(120_000);
    expect(heartbeats()).toMatchObject([{ producer: { openSpans: 0, ledger: { dropped: { sampled: 1 } } } }]);
  });

  test("the interval is an option, and 0 turns it off, said to the collector", async () => {
    traceToCollector({ heartbeatMs: 0 });
    tracer.startTrace().startSpan("s");
    await tracer.flush();
    await clock.advance(120_000);
    expect(heartbeats()).toEqual([]);
    expect(batches()[0]?.producer).toMatchObject({ heartbeatMs: 0, openSpans: 1 });
  });

  test.each([
    [0.5, 1],
    [1e12, 86_400_000],
  ])("an interval of %d is told in a form that the collector takes: %d", async (heartbeatMs, told) => {
    traceToCollector({ heartbeatMs });
    tracer.startTrace().startSpan("s").end();
    await tracer.flush();
    expect(batches()[0]?.producer?.heartbeatMs).toBe(told);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "10"])("an interval of %s is refused", (heartbeatMs) => {
    tracer = new Tracer();
    expect(() => new CollectorExporter({ heartbeatMs: heartbeatMs as number })).toThrow(/heartbeatMs: expected/);
  });
});

describe("nothing is sent", () => {
  test("while nothing is open", async () => {
    traceToCollector();
    tracer.startTrace().startSpan("s").end();
    await tracer.flush();
    await clock.advance(120_000);
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/everspan/batch"]);
  });

  test.each([
    ["SgpExporter", () => new SgpExporter({ apiKey: "key", accountId: "account", baseUrl: server.url })],
    ["AgentexExporter", () => new AgentexExporter({ baseUrl: server.url })],
    ["OtlpExporter", () => new OtlpExporter({ endpoint: server.url })],
  ])("by %s, whose back end takes spans only", async (_name, make) => {
    trace(make());
    const long = tracer.startTrace().startSpan("long");
    tracer.startTrace().startSpan("short").end();
    await tracer.flush();
    await clock.advance(120_000);
    long.end();
    await tracer.shutdown();
    expect(server.requests.filter(({ path }) => path.includes("heartbeat"))).toEqual([]);
  });
});

describe("a back end that takes no heartbeats", () => {
  test("misses them: batches go on, nothing is tried again, the account stays exact", async () => {
    server.answerAlways(({ path }) => ({ status: path === HEARTBEAT_PATH ? 500 : 200, body: "{}" }));
    traceToCollector();
    using _ = watchLedger(tracer);
    const span = tracer.startTrace().startSpan("s");
    await tracer.flush();
    for (let count = 1; count <= 3; count++) await beat(count);
    expect(heartbeats()).toHaveLength(3);
    span.end();
    expect(await tracer.flush()).toMatchObject({ ok: true });
    expect(tracer.stats().lanes.collector).toMatchObject({ delivered: 2, requests: 2, retries: 0 });
  });

  test("lets them hang: each is given up after two seconds, and batches go on", async () => {
    traceToCollector();
    const span = tracer.startTrace().startSpan("s");
    await tracer.flush();
    server.answerNext("hang");
    await beat(1);
    const { openConnections } = server;
    await clock.advance(1_999);
    expect(server.openConnections).toBe(openConnections);
    await clock.advance(1);
    await server.until(() => server.openConnections === openConnections - 1);
    expect(heartbeats()).toHaveLength(1);
    span.end();
    expect(await tracer.flush()).toMatchObject({ ok: true });
  });
});

describe("numbers", () => {
  test("a batch that is sent again has the numbers it had, and a higher batch number", async () => {
    server.answerNext({ status: 503 });
    traceToCollector();
    tracer.startTrace().startSpan("a").end();
    await timePassesUntil(() => tracer.stats().lanes.collector?.delivered === 1);
    expect(batches().map(({ producer }) => [producer?.batch, producer?.firstSeq, producer?.lastSeq])).toEqual([
      [1, 1, 1],
      [2, 1, 1],
    ]);
    tracer.startTrace().startSpan("b").end();
    await tracer.flush();
    expect(batches()[2]?.producer).toMatchObject({ batch: 3, firstSeq: 2, lastSeq: 2 });
  });
});

describe("the final report", () => {
  test("is said once at a shutdown, with the final account, after the last batch", async () => {
    traceToCollector();
    tracer.startTrace().startSpan("open");
    tracer.startTrace().startSpan("ended").end();
    await tracer.shutdown();
    await tracer.shutdown();
    expect(server.requests.at(-1)?.path).toBe(HEARTBEAT_PATH);
    expect(heartbeats()).toMatchObject([
      { final: true, producer: { openSpans: 0, ledger: { pending: 0, dropped: {} } } },
    ]);
  });

  test("is not said by who never sent anything, nor to a collector that did not answer last", async () => {
    traceToCollector();
    await tracer.shutdown();
    expect(server.requests).toEqual([]);

    server.answerAlways({ status: 400 });
    traceToCollector();
    tracer.startTrace().startSpan("s").end();
    await tracer.flush();
    await tracer.shutdown();
    expect(heartbeats()).toEqual([]);
  });
});

test("what killed processes before it lost is in its account, when there is any", () => {
  const { lanes, ...stats } = traceToCollector().stats();
  const [[lane, account] = fail()] = Object.entries(lanes);
  const ledgerWith = (inherited: typeof account.inherited) => {
    const source = { ...tracer, stats: () => ({ ...stats, lanes: { [lane]: { ...account, inherited } } }) };
    return new CollectorProducer({ source, lane, heartbeatMs: 0, clock, send: async () => true }).numbered([]).ledger;
  };
  expect(ledgerWith({ dropped: 12, maybeDelivered: 3 })).toMatchObject({
    inherited: { dropped: 12, maybeDelivered: 3 },
  });
  expect(ledgerWith({ dropped: 0, maybeDelivered: 0 })).not.toHaveProperty("inherited");
});

function fail(): never {
  throw new Error("there is no lane");
}
