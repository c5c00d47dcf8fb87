import { hash } from "node:crypto";
import {
  encodeHeartbeat,
  encodeNativeBatch,
  type ProducerListResponse,
  type ProducerReport,
  type SpanSnapshot,
  type TraceResponse,
} from "@everspan/protocol";
import { ManualClock } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Collector, createCollector } from "../collector.ts";
import { snapshot } from "../store/trace-store.contract.ts";
import { CollectorFixture, openWithoutDisk } from "../testing/collector-fixture.ts";

const INTERVAL_MS = 10_000;
const ID = "9f86d081884c7d659a2feaa0c55ad015";
const OTHER_ID = "0".repeat(32);

let clock: ManualClock;
let fixture: CollectorFixture;
beforeEach(async () => {
  clock = new ManualClock();
  fixture = await CollectorFixture.start({ clock });
});
afterEach(() => fixture.stop());

const report = (fields: Partial<ProducerReport> = {}): ProducerReport => ({
  id: ID,
  batch: 1,
  lastSeq: 1,
  heartbeatMs: INTERVAL_MS,
  openSpans: 1,
  ...fields,
});

const open = (fields: Partial<SpanSnapshot> = {}) =>
  snapshot({ id: "s", phase: "started", revision: 0, service: { name: "agent" }, ...fields });

async function sendBatch(spans: readonly SpanSnapshot[], fields: Partial<ProducerReport> = {}): Promise<void> {
  const nameBlob = (encoded: string) => hash("sha256", encoded).slice(0, 32);
  const body = encodeNativeBatch(spans, { nameBlob, producer: { ...report(fields), firstSeq: 1 } });
  expect((await fixture.send("POST", "/v1/everspan/batch", body)).status).toBe(200);
}

const beat = (fields: Partial<ProducerReport> = {}, final = false) =>
  fixture.send("POST", "/v1/everspan/heartbeat", encodeHeartbeat({ producer: report(fields), final }));

async function producers(query = "", collector: Collector = fixture.collector) {
  const answer = await fetch(`${collector.url}/api/producers${query}`);
  return ((await answer.json()) as ProducerListResponse).producers;
}

const stateOf = async (id = ID) => (await producers()).find((producer) => producer.id === id)?.state;
/** What passed time means is written behind the clock, by a sweep each second and a commit. */
const becomesStalled = (id = ID) => expect.poll(() => stateOf(id)).toBe("stalled");
const becomesLost = (id = ID, state = stateOf) =>
  expect
    .poll(async () => {
      await clock.advance(1_000);
      return state(id);
    })
    .toBe("lost");
const trace = async (id = "t") => (await (await fixture.get(`/api/traces/${id}`)).json()) as TraceResponse;

describe("a process whose spans are open", () => {
  test("runs while it is heard within three intervals, by heartbeats or by batches", async () => {
    await sendBatch([open()]);
    for (let count = 0; count < 5; count++) {
      await clock.advance(3 * INTERVAL_MS);
      expect(await stateOf()).toBe("running");
      if (count % 2 === 0) await beat();
      else await sendBatch([open({ id: `s${count}` })]);
    }
    expect(await trace()).toMatchObject({
      trace: { running: true, stalledCount: 0 },
      spans: [{ producerId: ID, producerState: "running" }, {}, {}],
      producers: [{ id: ID, state: "running", service: "agent" }],
    });
  });

  test("is stalled after three intervals of silence, lost after twelve, and runs again when it is heard", async () => {
    await sendBatch([open()]);
    await clock.advance(3 * INTERVAL_MS + 1_000);
    await becomesStalled();
    expect(await trace()).toMatchObject({
      trace: { running: true, stalledCount: 1 },
      spans: [{ producerState: "stalled" }],
    });
    await beat();
    expect(await stateOf()).toBe("running");
    await clock.advance(12 * INTERVAL_MS);
    await becomesStalled();
    await becomesLost();
    expect(await trace()).toMatchObject({
      trace: { running: false, stalledCount: 0, lostCount: 1 },
      spans: [{ phase: "started", producerState: "lost" }],
    });
    await beat();
    expect(await trace()).toMatchObject({ trace: { running: true, lostCount: 0 } });
  });

  test("keeps its own pace: who beats each second is lost after twelve", async () => {
    await sendBatch([open()], { heartbeatMs: 1_000 });
    await clock.advance(4_000);
    await becomesStalled();
    await clock.advance(8_000);
    await becomesLost();
  });

  test("ends with the final report, immediately and for good", async () => {
    await sendBatch([open()]);
    await beat({}, true);
    await beat();
    await clock.advance(60 * INTERVAL_MS);
    expect(await stateOf()).toBe("ended");
    expect(await trace()).toMatchObject({ trace: { running: false, leftOpenCount: 1 } });
  });

  test("is lost as soon as another process delivers its spans as interrupted, and is not when it ends them itself", async () => {
    const error = { type: "Interrupted", message: "the process ended before the span" };
    const ended = (id: string) => snapshot({ id, status: "ERROR", error });
    await sendBatch([open({ id: "a" }), open({ id: "b" }), open({ id: "c" })]);
    await sendBatch([ended("a")]);
    expect(await stateOf()).toBe("running");
    await sendBatch([ended("b")], { id: OTHER_ID, openSpans: 0 });
    expect(await stateOf()).toBe("lost");
    expect(await stateOf(OTHER_ID)).toBe("running");
    expect(await trace()).toMatchObject({ trace: { running: false, interruptedCount: 2, lostCount: 1 } });
  });
});

test.each([
  ["has nothing open", { openSpans: 0 }],
  ["sends no heartbeats", { heartbeatMs: 0 }],
])("silence means nothing of a process that %s", async (_what, fields) => {
  await sendBatch([open()], fields);
  await clock.advance(100 * INTERVAL_MS);
  expect(await stateOf()).toBe("idle");
  expect((await trace()).trace).toMatchObject({ running: true, stalledCount: 0, lostCount: 0 });
});

describe("the collector's own absence is not charged to a producer", () => {
  test("when it stood still", async () => {
    await sendBatch([open()]);
    clock.freezeFor(100 * INTERVAL_MS);
    await clock.advance(2_000);
    expect(await stateOf()).toBe("running");
    await clock.advance(3 * INTERVAL_MS);
    await becomesStalled();
  });

  test("when it was down; what it knew it knows again", async () => {
    await sendBatch([open()]);
    await sendBatch([open({ traceId: "u" })], { id: OTHER_ID });
    await clock.advance(4 * INTERVAL_MS);
    await becomesStalled(OTHER_ID);
    await beat();
    await fixture.collector.close();
    clock.freezeFor(100 * INTERVAL_MS);
    const again = await createCollector({
      dataDirectory: fixture.directory,
      port: 0,
      clock,
      openStore: openWithoutDisk,
    });
    try {
      const states = async () => Object.fromEntries((await producers("", again)).map(({ id, state }) => [id, state]));
      expect(await states()).toEqual({ [ID]: "running", [OTHER_ID]: "stalled" });
      await clock.advance(2 * INTERVAL_MS);
      expect(await states()).toEqual({ [ID]: "running", [OTHER_ID]: "stalled" });
      await clock.advance(11 * INTERVAL_MS);
      await becomesLost(ID, async (id = ID) => (await states())[id]);
      await becomesLost(OTHER_ID, async (id = ID) => (await states())[id]);
    } finally {
      await again.close();
    }
  });
});

test("what a producer lost is told with its traces and in the list of producers", async () => {
  const ledger = { created: 20, recovered: 0, delivered: 8, coalesced: 0, pending: 0, maybeDelivered: 0 };
  await sendBatch([open()], { ledger: { ...ledger, dropped: { queue_full: 12 } }, pid: 42, host: "worker-3" });
  const expected = { service: "agent", pid: 42, host: "worker-3", ledger: { dropped: { queue_full: 12 } } };
  expect(await producers()).toMatchObject([expected]);
  expect((await trace()).producers).toMatchObject([expected]);
});

test("viewers are told when a producer's state changes, with the traces in which it has spans open", async () => {
  await sendBatch([open()]);
  const controller = new AbortController();
  const answer = await fetch(`${fixture.collector.url}/api/live`, { signal: controller.signal });
  const stream = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await stream.read()).value ?? "";
  await clock.advance(4 * INTERVAL_MS);
  while (!text.includes("producer-updated") || !text.includes("trace-updated")) text += (await stream.read()).value;
  controller.abort();
  expect(text).toContain(`event: producer-updated\ndata: {"producerId":"${ID}","state":"stalled"}\n\n`);
  expect(text).toContain('event: trace-updated\ndata: {"traceId":"t"}\n\n');
});

describe("the list of producers", () => {
  test("is filtered by state and limited", async () => {
    await beat();
    await beat({ id: OTHER_ID }, true);
    expect(await producers("?state=ended")).toMatchObject([{ id: OTHER_ID }]);
    expect(await producers("?limit=1")).toHaveLength(1);
  });

  test.each(["?limit=0", "?limit=1001", "?limit=x", "?state=dead", "?colour=red"])("refuses %s", async (query) => {
    expect((await fixture.get(`/api/producers${query}`)).status).toBe(400);
  });
});

test("what is no heartbeat is refused and leaves nothing behind", async () => {
  const valid = { format: "everspan/1", producer: report() };
  const hostile: unknown[] = [
    {},
    [],
    null,
    { ...valid, format: "everspan/9" },
    { ...valid, final: "yes" },
    { ...valid, producer: { ...report(), id: "../../etc/passwd" } },
    { ...valid, producer: { ...report(), openSpans: -1 } },
    { ...valid, producer: { ...report(), ledger: { dropped: { "'; DROP TABLE producers; --": 1 } } } },
  ];
  for (const body of hostile) {
    const answer = await fixture.send("POST", "/v1/everspan/heartbeat", body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ error: { code: "INVALID_HEARTBEAT" } });
  }
  expect((await fixture.send("POST", "/v1/everspan/heartbeat", "{")).status).toBe(400);
  expect((await fixture.get("/v1/everspan/heartbeat")).status).toBe(405);
  expect(await producers()).toEqual([]);
});
