/** What happens to the process that is traced: stopped, starved, paused by the collector of garbage, split in threads. */
import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as elapsed } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { watchLedger } from "@everspan/testkit";
import { type ExportContext, type ExportOutcome, type SpanExporter, type SpanSnapshot, Tracer } from "everspan";
import { describe, expect, test } from "vitest";
import { startSpanBackEnd } from "./span-back-end.ts";
import { startSteadyAgent } from "./steady-agent.ts";

/** A back end that answers when the test says so. */
async function startHeldBackEnd() {
  let requests = 0;
  let arrived: (response: ServerResponse) => void = () => {};
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      requests += 1;
      arrived(response);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    nextRequest: () =>
      new Promise<ServerResponse>((resolve) => {
        arrived = resolve;
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a user may write: batches are handed to a thread, and are delivered when it says so. */
class WorkerExporter implements SpanExporter {
  readonly name = "worker";
  readonly acknowledged: string[] = [];
  workers = 0;
  onReceived: ((worker: Worker) => void) | undefined;
  #worker: Worker | undefined;
  readonly #handed = new Map<number, { readonly resolve: () => void; readonly reject: (why: Error) => void }>();

  async export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const number = this.#handed.size + 1;
    await new Promise<void>((resolve, reject) => {
      this.#handed.set(number, { resolve, reject });
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      this.#running().postMessage({ number, names: batch.map(({ name }) => name) });
    });
    return { kind: "delivered" };
  }

  async shutdown(): Promise<void> {
    await this.#worker?.terminate();
  }

  #running(): Worker {
    this.#worker ??= this.#start();
    return this.#worker;
  }

  #start(): Worker {
    this.workers += 1;
    const worker = new Worker(WORKER, { eval: true });
    worker.on("message", ({ kind, number, names }: { kind: string; number: number; names: string[] }) => {
      if (kind === "received" && this.onReceived !== undefined) {
        this.onReceived(worker);
        this.onReceived = undefined;
      } else if (kind === "stored") {
        this.acknowledged.push(...names);
        this.#handed.get(number)?.resolve();
      }
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#handed.values()) reject(new Error("the worker died"));
    });
    return worker;
  }
}

const WORKER = `
const { parentPort } = require("node:worker_threads");
parentPort.on("message", ({ number, names }) => {
  parentPort.postMessage({ kind: "received", number });
  setImmediate(() => parentPort.postMessage({ kind: "stored", number, names }));
});
`;

describe("a process that", () => {
  test("R1 is stopped for longer than its deadlines makes no false timeout of an answer that came meanwhile", async () => {
    await using backEnd = await startHeldBackEnd();
    await using agent = await startSteadyAgent(backEnd.url, { ATTEMPT_TIMEOUT_MS: "2000" });
    const request = backEnd.nextRequest();
    await agent.ask("record", 10);
    const response = await request;
    agent.process.kill("SIGSTOP");
    response.end("{}");
    // The stop is the fault: it has to outlast the attempt's time, which a busy machine must not use up before it.
    await elapsed(5_000);
    agent.process.kill("SIGCONT");
    const { lanes } = await agent.ask("flush");
    expect(lanes.sgp).toMatchObject({ delivered: 10, requests: 1, retries: 0 });
    expect(backEnd.requests()).toBe(1);
  });

  test("R3 is starved of processor time delivers all of it at the first attempt", async () => {
    // They end by themselves, also when this test does not live to end them.
    const loop = "const endMs = Date.now() + 60_000; while (Date.now() < endMs);";
    const busy = Array.from({ length: 4 }, () => spawn(process.execPath, ["-e", loop], { stdio: "ignore" }));
    try {
      await using backEnd = await startSpanBackEnd();
      await using agent = await startSteadyAgent(backEnd.url);
      for (let i = 0; i < 20; i++) await agent.ask("record", 100);
      const { ok, lanes } = await agent.ask("end");
      expect(ok).toBe(true);
      expect(lanes.sgp).toMatchObject({ delivered: 2_000, retries: 0 });
    } finally {
      for (const child of busy) child.kill("SIGKILL");
    }
  });

  test("R4 stands still for a long garbage collection makes no false timeout", async () => {
    await using backEnd = await startHeldBackEnd();
    const env = { ATTEMPT_TIMEOUT_MS: "2000", STANDSTILL_MS: "5000" };
    await using agent = await startSteadyAgent(backEnd.url, env);
    const request = backEnd.nextRequest();
    await agent.ask("record", 10);
    const response = await request;
    const collected = agent.ask("collect garbage", 100);
    response.end("{}");
    await collected;
    const { lanes } = await agent.ask("flush");
    expect(lanes.sgp).toMatchObject({ delivered: 10, requests: 1, retries: 0 });
  });

  test("C9 uses worker threads and child processes has an account of its own in each", async () => {
    await using backEnd = await startSpanBackEnd();
    await using first = await startSteadyAgent(backEnd.url);
    await using second = await startSteadyAgent(backEnd.url);
    await Promise.all([first.ask("record", 20), second.ask("record", 30)]);
    const worker = await first.ask("worker", 40);
    const results = await Promise.all([first.ask("end"), second.ask("end")]);
    expect(worker.lanes.sgp).toMatchObject({ created: 80, delivered: 40 });
    expect(results.map(({ lanes }) => lanes.sgp?.delivered)).toEqual([20, 30]);
    expect(backEnd.names()).toHaveLength(90);
  });
});

describe("a worker thread that runs an exporter", () => {
  test("R5 dies with a batch in its hands: the batch is still the lane's, and the next worker gets it", async () => {
    const exporter = new WorkerExporter();
    // Its first batch is received, and nobody answers any more.
    exporter.onReceived = (worker) => void worker.terminate();
    const tracer = new Tracer({ exporters: [exporter] });
    using _ = watchLedger(tracer);
    for (let i = 0; i < 1_000; i++) tracer.startTrace().startSpan(`s ${i}`).end();
    expect(await tracer.flush()).toMatchObject({ ok: true });
    expect(tracer.stats().lanes.worker).toMatchObject({ delivered: 1_000, state: "running" });
    expect(exporter.workers).toBeGreaterThan(1);
    expect(new Set(exporter.acknowledged).size).toBe(1_000);
    await tracer.shutdown();
  });
});

describe("a process that runs out of memory", () => {
  test("R2 dies as it would have; what its back end has is whole and there once", async () => {
    await using backEnd = await startSpanBackEnd();
    await using agent = await startSteadyAgent(backEnd.url, {}, ["--max-old-space-size=48"]);
    await agent.ask("record", 100);
    await agent.ask("flush");
    const ended = new Promise((resolve) => void agent.process.once("exit", (code, signal) => resolve(signal ?? code)));
    void agent.ask("record", 5);
    void agent.ask("collect garbage", 10_000);
    expect(["SIGABRT", 134]).toContain(await ended);
    const names = backEnd.names();
    expect(names.length).toBeGreaterThanOrEqual(100);
    expect(names.length).toBeLessThanOrEqual(105);
  });
});
