/**
 * One large trace is opened page by page, as the viewer does, while spans go on arriving: how long the collector's event
 * loop stops at most, and how much memory it takes (`npm run build` first; the collector is a process of its own).
 *
 *   npx tsx bench/large-trace.ts [--spans 300000] [--stop-ms 50] [--memory-mb 300]
 *
 * A stop's length is that of the clock; beside it stands what the loop's thread computed at most between two ticks, which
 * other work on the machine changes little. Ends non-zero when a stop or the memory goes beyond its bound while the trace is
 * read. Linux only.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const CLI = fileURLToPath(new URL("../packages/collector/dist/cli.js", import.meta.url));
const PROBE = fileURLToPath(new URL("loop-probe.mjs", import.meta.url));
const TRACE = "f".repeat(32);
const SPANS_PER_BATCH = 500;
const SENDERS = 3;

const { values } = parseArgs({
  options: {
    spans: { type: "string", default: "300000" },
    "stop-ms": { type: "string", default: "50" },
    "memory-mb": { type: "string", default: "300" },
  },
});
const spanCount = Number(values.spans);

interface Probed {
  readonly longestMs: number;
  readonly longestOwnMs: number;
  readonly peakResidentBytes: number;
}

if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run "npm run build" first`);
const directory = mkdtempSync(join(tmpdir(), "everspan-bench-"));
const collector = spawn(
  process.execPath,
  ["--import", PROBE, CLI, "serve", "--port", "0", "--data", directory, "--no-sample"],
  { stdio: ["ignore", "pipe", "inherit", "ipc"] },
);
try {
  const url = await listeningUrl(collector);
  await probe();
  await timed("written", () => sendLargeTrace(url));
  print("while it was written", await probe());
  const reading = await readBesideSenders(url);
  const isHeld = reading.longestMs <= Number(values["stop-ms"]) && megabytes(reading) <= Number(values["memory-mb"]);
  if (!isHeld) process.exitCode = 1;
} finally {
  const exited = new Promise((resolve) => collector.once("exit", resolve));
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${collector.pid}/status`, "utf8"))?.[1];
  console.log(`most memory in its whole life: ${(Number(peak) / 1024).toFixed(0)} MB`);
  collector.kill("SIGTERM");
  console.log(`exit code ${await exited}`);
  rmSync(directory, { recursive: true, force: true });
}

/** The trace's pages one after the other, then what changed since, as long as others send. */
async function readBesideSenders(url: string): Promise<Probed> {
  const isOver = { now: false };
  const sending = sendUntil(url, isOver);
  let spans = 0;
  let bytes = 0;
  let pages = 0;
  await timed("read", async () => {
    for (let cursor: string | null = ""; cursor !== null; pages++) {
      const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const text = await (await fetch(`${url}/api/traces/${TRACE}${query}`)).text();
      const page = JSON.parse(text) as { spans: unknown[]; nextCursor: string | null };
      spans += page.spans.length;
      bytes += text.length;
      cursor = page.nextCursor;
    }
  });
  isOver.now = true;
  const sent = await sending;
  if (spans < spanCount) throw new Error(`${spans} spans came back of ${spanCount}`);
  console.log(
    `${spans} spans in ${pages} pages, ${(bytes / 1e6).toFixed(1)} MB of JSON; ${sent} spans stored meanwhile`,
  );
  const probed = await probe();
  print("while it was read and others sent", probed);
  return probed;
}

async function sendLargeTrace(url: string): Promise<void> {
  let next = 0;
  const send = async () => {
    for (let from = next; from < spanCount; from = next) {
      next += SPANS_PER_BATCH;
      await put(url, from, Math.min(SPANS_PER_BATCH, spanCount - from), TRACE);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
}

/** Every fifth batch goes into the large trace itself. @returns spans stored */
async function sendUntil(url: string, isOver: { readonly now: boolean }): Promise<number> {
  let sent = 0;
  for (let batch = 0; !isOver.now; batch++) {
    const from = spanCount + batch * 100;
    await put(url, from, 100, batch % 5 === 0 ? TRACE : from.toString(16).padStart(32, "0"));
    sent += 100;
  }
  return sent;
}

async function put(url: string, from: number, count: number, traceId: string): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => spanItem(from + index, traceId));
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/v5/spans/batch`, { method: "PUT", headers, body: JSON.stringify({ items }) });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`the collector answered ${response.status}`);
}

function spanItem(number: number, traceId: string) {
  const startMs = Date.UTC(2026, 0, 31, 12) + number * 10;
  return {
    id: `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`,
    trace_id: traceId,
    ...(number % 50 !== 0 && {
      parent_id: `00000000-0000-4000-8000-${(number - (number % 50)).toString(16).padStart(12, "0")}`,
    }),
    name: "search",
    type: "CODE_EXECUTION",
    start_timestamp: new Date(startMs).toISOString(),
    end_timestamp: new Date(startMs + 250).toISOString(),
    input: { query: `weather in city ${number}` },
    output: { hits: number % 7 },
    metadata: { step: number },
  };
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  await work();
  console.log(`${what} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

function probe(): Promise<Probed> {
  return new Promise((resolve) => {
    collector.once("message", (probed) => resolve(probed as Probed));
    collector.send("probe");
  });
}

function megabytes({ peakResidentBytes }: Probed): number {
  return peakResidentBytes / 1024 / 1024;
}

function print(when: string, probed: Probed): void {
  const stop = `${probed.longestMs.toFixed(1)} ms (at most ${probed.longestOwnMs.toFixed(1)} ms of its own processor time)`;
  console.log(`${when}: longest stop of the loop ${stop}, ${megabytes(probed).toFixed(0)} MB resident at most`);
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the collector ended with ${code}`)));
    createInterface(child.stdout!).on("line", (line) => resolve(line.replace("listening on ", "")));
  });
}
