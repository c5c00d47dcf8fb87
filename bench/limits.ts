/**
 * The bounds that are promised, measured against back ends on loopback:
 * a million spans in one loop against a dead back end, a back end that answers 503 for 20 s, one that hangs at shutdown.
 * `npx tsx bench/limits.ts`. Ends non-zero when a bound does not hold.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as elapsed } from "node:timers/promises";
import { SgpExporter, Tracer } from "everspan";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let failures = 0;

await aMillionSpans();
await anOutage();
await aHungShutdown();
process.exitCode = failures === 0 ? 0 : 1;

async function aMillionSpans(): Promise<void> {
  const tracer = tracerTo("http://127.0.0.1:1", { queue: { maxRecords: 50_000, maxBytes: 64 * 1024 * 1024 } });
  const trace = tracer.startTrace();
  const beganMs = performance.now();
  for (let i = 0; i < 1_000_000; i++) {
    trace.startSpan("step", { input: { question: "what is the weather in Paris?", top_k: 3, i } }).end();
  }
  const loopMs = performance.now() - beganMs;
  const resumedMs = await new Promise<number>((resolve) => {
    const freeMs = performance.now();
    setTimeout(() => resolve(performance.now() - freeMs), 0);
  });
  const lane = tracer.stats().lanes.sgp!;
  const dropped = Object.values(lane.dropped).reduce((sum, count) => sum + count, 0);
  const pending = lane.pending.queued + lane.pending.inFlight;
  console.log(`1,000,000 spans in one loop: ${(loopMs / 1000).toFixed(2)} s, ${(loopMs / 1000).toFixed(2)} us a span`);
  expectAtMost("resident memory, MB", process.memoryUsage().rss / 1e6, 300);
  expectAtMost("the loop resumes after, ms", resumedMs, 50);
  expectAtMost("records not accounted for", Math.abs(lane.created - lane.coalesced - dropped - pending), 0);
  await tracer.shutdown({ timeoutMs: 1 });
}

async function anOutage(): Promise<void> {
  let isDown = true;
  const attemptsMs: number[] = [];
  const names = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      attemptsMs.push(performance.now());
      if (!isDown) for (const { name } of JSON.parse(Buffer.concat(chunks).toString()).items) names.add(name);
      response.writeHead(isDown ? 503 : 200, { "content-type": "application/json" }).end("{}");
    });
  });
  const tracer = tracerTo(await listen(server), {});
  for (let i = 0; i < 2_000; i++) tracer.startTrace().startSpan(`${i}`).end();
  await elapsed(20_000);
  isDown = false;
  const healthyMs = performance.now();
  await tracer.flush();
  const lastMs = performance.now() - healthyMs;
  const first5s = attemptsMs.filter((ms) => ms - attemptsMs[0]! < 5_000).length;
  console.log(`503 for 20 s, 2,000 spans: ${attemptsMs.length} requests in all`);
  expectAtMost("attempts in the first 5 s", first5s, 8);
  expectAtMost("spans lost", 2_000 - names.size, 0);
  expectAtMost("all delivered after the recovery, s", lastMs / 1000, 10);
  await tracer.shutdown();
  server.close();
}

async function aHungShutdown(): Promise<void> {
  const server = createServer(() => {});
  const tracer = tracerTo(await listen(server), {});
  for (let i = 0; i < 500; i++) tracer.startTrace().startSpan(`${i}`).end();
  await elapsed(300);
  const beganMs = performance.now();
  const { lanes } = await tracer.shutdown({ timeoutMs: 1_000 });
  const tookMs = performance.now() - beganMs;
  console.log(`shutdown in 1 s with a back end that hangs: ${lanes.sgp?.dropped.shutdown_timeout} counted`);
  expectAtMost("returns after, ms", tookMs, 1_050);
  expectAtMost("records not accounted for", Math.abs(500 - (lanes.sgp?.dropped.shutdown_timeout ?? 0)), 0);
  server.closeAllConnections();
  server.close();
}

function tracerTo(baseUrl: string, options: ConstructorParameters<typeof Tracer>[0]): Tracer {
  const exporter = new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl });
  return new Tracer({ exporters: [exporter], logger: quiet, ...options });
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function expectAtMost(what: string, measured: number, bound: number): void {
  const holds = measured <= bound;
  if (!holds) failures += 1;
  console.log(`  ${holds ? "ok  " : "MISS"} ${what}: ${measured.toFixed(1)} (at most ${bound})`);
}
