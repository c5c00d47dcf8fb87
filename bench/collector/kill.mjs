/**
 * Kills a collector under load (SIGKILL), again and again, at any moment: while it commits, compresses, indexes, moves an
 * older file over, removes what is due. Then checks every span that was answered with 2xx, byte for byte, the time of
 * each restart, and SQLite's own check of the file.
 *
 *   npm run build && node bench/collector/kill.mjs [--kills 300] [--minutes 60] [--older OTHER/packages/collector/dist/cli.js]
 *     [--older-batches 100] [--max-bytes 40000000]
 *
 * `--older` is a collector of format 2, which writes the file that is moved. What retention by `--max-bytes` removes must
 * be whole traces, those that arrived first. Exit code 1 when anything is lost, changed or half there.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requestOf, SPANS_PER_BATCH, spanOf } from "./batches.mjs";
import { startCollector } from "./collector-process.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    minutes: { type: "string", default: "60" },
    older: { type: "string" },
    "older-batches": { type: "string", default: "100" },
    "max-bytes": { type: "string", default: "1000000000" },
    dist: { type: "string", default: here("../../packages/collector/dist/index.js") },
  },
});
/** Most lives are short, some long enough that what waits for quiet is under way. */
const MOST_DELAY_MS = 3000;
const MAX_RESTART_MS = 2000;
/** Traces that are asked for at the same time when all is over: each is asked for once. */
const READS_IN_FLIGHT = 8;
const data = mkdtempSync(join(tmpdir(), "everspan-kill-"));
const acknowledged = [];
const restartsMs = [];
let batch = 0;
let kills = 0;

try {
  if (values.older !== undefined) await fillOlder();
  const endMs = performance.now() + Number(values.minutes) * 60_000;
  while (kills < Number(values.kills) && performance.now() < endMs) await oneLife();
  await verify();
} finally {
  rmSync(data, { recursive: true, force: true });
}

async function fillOlder() {
  const older = await startCollector(values.older, { data });
  for (; batch < Number(values["older-batches"]); batch++) {
    if (!(await send(older.url, batch))) throw new Error("the older collector did not take a batch");
  }
  await older.stop({ keepsData: true });
}

async function oneLife() {
  const { child, url } = await start();
  const killed = once(child, "exit");
  let isAlive = true;
  setTimeout(
    () => {
      isAlive = false;
      child.kill("SIGKILL");
    },
    Math.random() ** 2 * MOST_DELAY_MS,
  );
  const sender = async () => {
    while (isAlive) {
      await send(url, batch++).catch(() => false);
      // Now and then it is quiet for long enough that what waits for quiet begins.
      if (Math.random() < 0.1) await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };
  await Promise.all([sender(), sender(), killed]);
  kills += 1;
}

async function start() {
  const startedMs = performance.now();
  const args = [here("collector-program.mjs"), values.dist, data, values["max-bytes"]];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the collector ended with ${code}`)));
    createInterface(child.stdout).on("line", (line) => resolve(line.replace("listening on ", "")));
  });
  restartsMs.push(performance.now() - startedMs);
  return { child, url };
}

/** @returns whether it was acknowledged */
async function send(url, number) {
  const { method, path, body } = requestOf("native", number);
  const answer = await fetch(url + path, { method, body, headers: { "content-type": "application/json" } });
  await answer.arrayBuffer();
  if (answer.status === 200) acknowledged.push(number);
  return answer.status === 200;
}

async function verify() {
  const startedMs = performance.now();
  const { child, url } = await start();
  const totals = { spans: 0, removed: 0, lost: 0, changed: 0, half: 0 };
  let [newestRemoved, oldestKept] = [-1, Number.POSITIVE_INFINITY];
  let next = 0;
  const compareBatch = async (order) => {
    for (const [traceId, expected] of tracesOf(acknowledged[order])) {
      const found = await read(url, traceId);
      totals.spans += expected.length;
      if (found.size === 0) {
        totals.removed += expected.length;
        newestRemoved = Math.max(newestRemoved, order);
        continue;
      }
      oldestKept = Math.min(oldestKept, order);
      if (found.size !== expected.length) totals.half += 1;
      for (const span of expected) {
        if (!found.has(span.id)) totals.lost += 1;
        else if (found.get(span.id) !== JSON.stringify(span)) totals.changed += 1;
      }
    }
  };
  const compare = async () => {
    while (next < acknowledged.length) await compareBatch(next++);
  };
  await Promise.all(Array.from({ length: READS_IN_FLIGHT }, compare));
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
  const integrity = checkIntegrity();
  restartsMs.sort((a, b) => a - b);
  const slowest = restartsMs.at(-1);
  // Without an order of commits between two senders, neighbours may have changed places.
  const isInOrder = newestRemoved - oldestKept <= 4;
  console.log(
    `${kills} kills, ${acknowledged.length} batches acknowledged: ${JSON.stringify(totals)}, removed in order: ${isInOrder}; compared in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
  );
  console.log(
    `restart: p50 ${restartsMs[restartsMs.length >> 1].toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms; integrity: ${integrity}`,
  );
  const isLimited = Number(values["max-bytes"]) < 1e9;
  const isWhole = totals.lost + totals.changed + totals.half === 0 && isInOrder && (isLimited || totals.removed === 0);
  if (!isWhole || integrity !== "ok") process.exitCode = 1;
  if (slowest > MAX_RESTART_MS) console.log(`a restart took longer than ${MAX_RESTART_MS} ms`);
}

function tracesOf(number) {
  const traces = new Map();
  for (let index = 0; index < SPANS_PER_BATCH; index++) {
    const { step, ...span } = spanOf(number * SPANS_PER_BATCH + index);
    const { traceId, ...rest } = { ...span, data: { step } };
    traces.set(traceId, [...(traces.get(traceId) ?? []), comparable(rest)]);
  }
  return traces;
}

/** What was sent of a span, in one order. */
function comparable({ id, parentId, name, type, startTime, endTime, input, output, data }) {
  return { id, parentId, name, type, startTime, endTime, input, output, data };
}

async function read(url, traceId) {
  const answer = await fetch(`${url}/api/traces/${traceId}?payloads=full`);
  if (answer.status === 404) return new Map();
  const { spans } = await answer.json();
  return new Map(spans.map((span) => [span.id, JSON.stringify(comparable(span))]));
}

function checkIntegrity() {
  const require = createRequire(values.dist);
  const { DatabaseSync } = require("@photostructure/sqlite");
  const database = new DatabaseSync(join(data, "everspan.db"));
  const found = database.prepare("PRAGMA integrity_check(1)").get().integrity_check;
  database.close();
  return found;
}
