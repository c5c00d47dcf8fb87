/**
 * Days out of a diary that is kept for a year: an agent at work by day, hardly any by night, long sessions and small errands,
 * into one collector that keeps two days and so many bytes. Its clock runs fast, so that days pass in minutes. Said at the
 * end: whether its memory stayed flat, and its files within the limit.
 *
 *   npm run build && node bench/collector/diary.mjs [--days 8] [--minutes 6] [--max-bytes 24000000] [--keep-days 2]
 *
 * Exit code 1 when the memory of the second half goes beyond a quarter more than the first half's, or when the files hold
 * more than a quarter more than the limit, log and all, an hour after retention could have passed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { idOf, traceIdOf } from "./many-traces.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    days: { type: "string", default: "8" },
    minutes: { type: "string", default: "6" },
    "max-bytes": { type: "string", default: "24000000" },
    "keep-days": { type: "string", default: "2" },
    dist: { type: "string", default: here("../../packages/collector/dist/index.js") },
  },
});
const [days, minutes, maxBytes, keepDays] = [values.days, values.minutes, values["max-bytes"], values["keep-days"]].map(
  Number,
);
const DAY_MS = 86_400_000;
const HOUR_MS = DAY_MS / 24;
const MARGIN = 1.25;
/** The log beside the file: what lies between two folds, and the one that a stop would fold. */
const LOG_BYTES = 16 * 1024 * 1024;
const speed = (days * DAY_MS) / (minutes * 60_000);
const data = mkdtempSync(join(tmpdir(), "everspan-diary-"));
const samples = [];
const random = seeded(20_260_131);
let [traces, spans, sentBytes] = [0, 0, 0];

const age = String(keepDays * DAY_MS);
const args = [here("fast-clock-program.mjs"), values.dist, data, String(speed), age, String(maxBytes)];
const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
try {
  const [url] = await Promise.race([
    once(createInterface(child.stdout), "line").then(([line]) => [line.replace("listening on ", "")]),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`the collector ended with ${code}`))),
  ]);
  const startedAt = Date.now();
  for (let hour = 0; hour < days * 24; hour++) {
    const endMs = startedAt + ((hour + 1) * HOUR_MS) / speed;
    for (const work of workOfHour(hour)) await send(url, startedAt + hour * HOUR_MS, work);
    const leftMs = endMs - Date.now();
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
    samples.push({ hour, ...(await sample(url)) });
    if (hour % 24 === 23) console.log(sentence(hour));
  }
  judge();
} finally {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  rmSync(data, { recursive: true, force: true });
}

/** Numbers of spans: by day forty errands an hour and a long session, by night two errands. */
function workOfHour(hour) {
  const isDay = hour % 24 >= 8 && hour % 24 < 20;
  const errands = Array.from({ length: isDay ? 40 : 2 }, () => 4 + Math.floor(random() * 20));
  return isDay ? [...errands, 300] : errands;
}

async function send(url, startMs, count) {
  const trace = traces++;
  const batch = Array.from({ length: count }, (_, step) => {
    const atMs = startMs + step * 1500;
    return {
      phase: "ended",
      revision: 1,
      traceId: traceIdOf(trace),
      id: idOf(spans + step),
      ...(step > 0 && { parentId: idOf(spans) }),
      name: step === 0 ? `entry ${trace % 50}` : `step ${step % 12}`,
      type: step % 3 === 1 ? "COMPLETION" : "CODE_EXECUTION",
      startTime: new Date(atMs).toISOString(),
      endTime: new Date(atMs + 900).toISOString(),
      status: "OK",
      input: { messages: [{ role: "user", content: words(40) }] },
      output: { text: words(120) },
      data: { session_id: `day-${Math.floor(startMs / DAY_MS)}`, user_id: `user-${trace % 5}` },
      service: { name: "diary" },
    };
  });
  spans += count;
  const body = JSON.stringify({ format: "everspan/1", blobs: {}, spans: batch });
  sentBytes += body.length;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/everspan/batch`, { method: "POST", body, headers });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`the collector answered ${answer.status}`);
}

async function sample(url) {
  const stats = await (await fetch(`${url}/api/stats`)).json();
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024;
  const sizes = readdirSync(data).map((name) => [name, statSync(join(data, name)).size]);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  return { rss, bytes, file: Object.fromEntries(sizes)["everspan.db"], traces: stats.traces, spans: stats.spans };
}

function sentence(hour) {
  const { rss, bytes, file, traces: kept, spans: keptSpans } = samples.at(-1);
  const mb = (count) => (count / 1e6).toFixed(1);
  return `day ${(hour + 1) / 24}: ${traces} traces, ${spans} spans, ${mb(sentBytes)} MB sent; kept ${kept} traces, ${keptSpans} spans; file ${mb(file)} MB, all files ${mb(bytes)} MB; ${rss.toFixed(0)} MiB resident`;
}

function judge() {
  const half = samples.length >> 1;
  const most = (of, read) => Math.max(...of.map(read));
  const [first, second] = [samples.slice(0, half), samples.slice(half)].map((of) => most(of, ({ rss }) => rss));
  const file = most(samples, ({ file: bytes }) => bytes);
  const all = most(samples, ({ bytes }) => bytes);
  const isFlat = second <= first * MARGIN;
  const isBounded = file <= maxBytes * MARGIN && all <= maxBytes * MARGIN + LOG_BYTES;
  console.log(
    `memory: ${first.toFixed(0)} MiB at most in the first half, ${second.toFixed(0)} in the second: ${isFlat ? "flat" : "GROWS"}`,
  );
  console.log(
    `file: ${(file / 1e6).toFixed(1)} MB at most, with its log ${(all / 1e6).toFixed(1)}, limit ${(maxBytes / 1e6).toFixed(1)}: ${isBounded ? "bounded" : "NOT BOUNDED"}`,
  );
  if (!isFlat || !isBounded) process.exitCode = 1;
}

function words(count) {
  return Array.from({ length: count }, () => Math.floor(random() * 40_000).toString(36)).join(" ");
}

/** A generator of the same numbers each time (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
