/**
 * How many small spans a second the collector takes and commits: SGP batches of 200 over loopback, from one sender
 * with a few requests in flight, into a collector that is a process of its own (`npm run build` first).
 *
 *   npx tsx bench/ingest.ts [--batches 300] [--concurrency 4]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const CLI = fileURLToPath(new URL("../packages/collector/dist/cli.js", import.meta.url));
const SPANS_PER_BATCH = 200;
const SPANS_PER_TRACE = 20;

const { values } = parseArgs({
  options: { batches: { type: "string", default: "300" }, concurrency: { type: "string", default: "4" } },
});
const batches = Number(values.batches);
const concurrency = Number(values.concurrency);

if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run "npm run build" first`);
const directory = mkdtempSync(join(tmpdir(), "everspan-bench-"));
const args = [CLI, "serve", "--port", "0", "--data", directory, "--no-sample"];
const collector = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
try {
  const url = await listeningUrl();
  const bodies = Array.from({ length: batches }, (_, batch) => batchBody(batch));
  const warmUp = Math.min(20, batches - 1);
  await sendAll(url, bodies.slice(0, warmUp));
  const latencies: number[] = [];
  const startedMs = performance.now();
  await sendAll(url, bodies.slice(warmUp), latencies);
  report(latencies, performance.now() - startedMs, bodies);
} finally {
  const exited = new Promise((resolve) => collector.once("exit", resolve));
  collector.kill("SIGTERM");
  await exited;
  console.log(`store: ${(storeBytes() / (batches * SPANS_PER_BATCH)).toFixed(0)} bytes a span`);
  rmSync(directory, { recursive: true, force: true });
}

function listeningUrl(): Promise<string> {
  return new Promise((resolve, reject) => {
    collector.once("exit", (code) => reject(new Error(`the collector ended with ${code}`)));
    createInterface(collector.stdout).on("line", (line) => resolve(line.replace("listening on ", "")));
  });
}

/** Spans of about 300 bytes of JSON, as an agent's steps are without their conversation. */
function batchBody(batch: number): Buffer {
  const items = Array.from({ length: SPANS_PER_BATCH }, (_, index) => {
    const number = batch * SPANS_PER_BATCH + index;
    return {
      id: `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`,
      trace_id: Math.floor(number / SPANS_PER_TRACE)
        .toString(16)
        .padStart(32, "0"),
      name: "search",
      type: "CODE_EXECUTION",
      start_timestamp: "2026-01-31T12:00:00.000000Z",
      end_timestamp: "2026-01-31T12:00:00.250000Z",
      input: { query: `weather in city ${number}` },
      output: { hits: number % 7 },
      metadata: { step: index },
    };
  });
  return Buffer.from(JSON.stringify({ items }));
}

async function sendAll(url: string, bodies: readonly Buffer[], latencies: number[] = []): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  let next = 0;
  const send = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const startedMs = performance.now();
      await put(agent, `${url}/v5/spans/batch`, body);
      latencies.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, send));
  agent.destroy();
}

function put(agent: Agent, url: string, body: Buffer): Promise<void> {
  const headers = { "content-type": "application/json", "content-length": body.byteLength };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "PUT", agent, headers }, (answer) => {
      answer.resume().on("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`the collector answered ${answer.statusCode}`));
      });
    });
    sent.on("error", reject).end(body);
  });
}

function report(latencies: readonly number[], durationMs: number, bodies: readonly Buffer[]): void {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const spansPerSecond = (latencies.length * SPANS_PER_BATCH * 1000) / durationMs;
  const bytesPerSpan = bodies[0]!.byteLength / SPANS_PER_BATCH;
  console.log(`${spansPerSecond.toFixed(0)} spans/s committed (${bytesPerSpan.toFixed(0)} bytes each on the wire)`);
  console.log(`a batch of ${SPANS_PER_BATCH}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${concurrency} in flight`);
}

function storeBytes(): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}
