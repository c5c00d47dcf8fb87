/** What the collector knows of the processes behind the spans: real ones, that run, stand still, die and come back. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Collector, createCollector } from "@everspan/collector";
import type { ProducerListResponse, ProducerSummary, TraceResponse } from "@everspan/protocol";
import { ManualClock } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "./collector-process.ts";
import { WaitingAgent } from "./waiting-agent.ts";

/** Shorter intervals count as a second: silent for longer than 3 s is stalled, than 12 s lost. */
const STALLED_MS = 4_000;
const LOST_MS = 14_000;
/** A heartbeat that was under way when a process was stopped may still arrive. */
const MAX_LATE_BEATS = 20;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let clock: ManualClock;
let collector: Collector;
let agents: WaitingAgent[];

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new ManualClock();
  agents = [];
  collector = await createCollector({ dataDirectory: join(folder.path, "store"), port: 0, clock });
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.signal("SIGKILL")));
  await collector.close();
  await folder.remove();
});

async function startAgent(spoolDirectory?: string): Promise<WaitingAgent> {
  const agent = await WaitingAgent.start(collector.url, spoolDirectory);
  agents.push(agent);
  return agent;
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(collector.url + path)).json()) as T;
}

async function producerOf({ pid }: WaitingAgent): Promise<ProducerSummary | undefined> {
  return (await get<ProducerListResponse>("/api/producers")).producers.find((producer) => producer.pid === pid);
}

const traceOf = (traceId: string) => get<TraceResponse>(`/api/traces/${traceId}`);

/** The collector's time passes, and a stopped process says nothing any more. */
async function passUntil(agent: WaitingAgent, state: ProducerSummary["state"], stepMs: number): Promise<void> {
  for (let beats = 0; beats < MAX_LATE_BEATS; beats++) {
    await clock.advance(stepMs);
    if ((await producerOf(agent))?.state === state) return;
  }
  throw new Error(`it never became ${state}: ${JSON.stringify(await producerOf(agent))}`);
}

/** Live events from now on, as they come. */
async function followEvents(): Promise<(pattern: RegExp) => Promise<void>> {
  const answer = await fetch(`${collector.url}/api/live`);
  const stream = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return async (pattern) => {
    while (!pattern.test(text)) {
      const { done, value } = await stream.read();
      if (done) throw new Error(`the stream ended: ${text}`);
      text += value;
    }
    text = "";
  };
}

describe("a process with a span open", () => {
  test("runs while it beats, is stalled while it stands still, then lost, and runs again when it goes on", async () => {
    const agent = await startAgent();
    const traceId = await agent.open("turn");
    expect(await producerOf(agent)).toMatchObject({ state: "running", service: "waiting-agent", openSpans: 1 });
    const untilEvent = await followEvents();

    await agent.signal("SIGSTOP");
    await passUntil(agent, "stalled", STALLED_MS);
    await untilEvent(/"state":"stalled"/);
    expect(await traceOf(traceId)).toMatchObject({
      trace: { running: true, stalledCount: 1 },
      spans: [{ phase: "started", producerState: "stalled" }],
      producers: [{ state: "stalled" }],
    });

    await passUntil(agent, "lost", LOST_MS);
    await untilEvent(/"state":"lost"/);
    expect(await traceOf(traceId)).toMatchObject({ trace: { running: false, lostCount: 1 } });

    await agent.signal("SIGCONT");
    await untilEvent(/"state":"running"/);
    expect(await traceOf(traceId)).toMatchObject({ trace: { running: true, stalledCount: 0, lostCount: 0 } });
    await agent.finish("exit");
    expect(await traceOf(traceId)).toMatchObject({ trace: { running: false, errorCount: 0 } });
  });

  test("beats with nothing else to say: each beat makes a silent process run again", async () => {
    const agent = await startAgent();
    await agent.open("turn");
    const untilEvent = await followEvents();
    for (let count = 0; count < 3; count++) {
      await passUntil(agent, "stalled", STALLED_MS);
      await untilEvent(/"state":"running"/);
    }
  });

  test("is ended by a shutdown, and what it left open is told from a loss", async () => {
    const agent = await startAgent();
    const traceId = await agent.open("turn");
    await agent.finish("end");
    expect(await producerOf(agent)).toMatchObject({
      state: "ended",
      openSpans: 0,
      ledger: { dropped: {}, pending: 0 },
    });
    await clock.advance(LOST_MS);
    expect(await traceOf(traceId)).toMatchObject({
      trace: { running: false, leftOpenCount: 1, lostCount: 0 },
      spans: [{ phase: "started", producerState: "ended" }],
    });
  });

  test("that ended them before it ended by itself is idle, and nobody takes it for lost", async () => {
    const agent = await startAgent();
    await agent.open("turn");
    await agent.finish("exit");
    await clock.advance(LOST_MS);
    expect(await producerOf(agent)).toMatchObject({ state: "idle", openSpans: 0 });
  });
});

describe("a process that was killed", () => {
  test("is lost when it was silent for long enough, without a spool for good", async () => {
    const agent = await startAgent();
    const traceId = await agent.open("turn");
    await agent.signal("SIGKILL");
    await passUntil(agent, "lost", LOST_MS);
    expect(await traceOf(traceId)).toMatchObject({
      trace: { running: false, lostCount: 1, interruptedCount: 0 },
      spans: [{ phase: "started", producerState: "lost" }],
    });
  });

  test("is lost as soon as the next start delivers its open span as Interrupted from the spool", async () => {
    const directory = join(folder.path, "spool");
    await mkdir(directory);
    const agent = await startAgent(directory);
    const traceId = await agent.open("turn");
    await agent.signal("SIGKILL");
    expect(await producerOf(agent)).toMatchObject({ state: "running" });

    const next = await startAgent(directory);
    await next.open("next turn");
    await next.recover();
    expect(await producerOf(agent)).toMatchObject({ state: "lost" });
    expect(await producerOf(next)).toMatchObject({ state: "running" });
    expect(await traceOf(traceId)).toMatchObject({
      trace: { running: false, interruptedCount: 1, lostCount: 0, errorCount: 1 },
      spans: [{ phase: "ended", error: { type: "Interrupted" } }],
    });
  });
});
