/**
 * What a span costs its caller: `startSpan` and `end` together, timed one by one, while the pipeline delivers earlier
 * ones to a live server in another process. Run it by `npm run bench`, or alone:
 * `npx tsx bench/hot-path.ts [--spans 20000]`.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SgpExporter, Tracer } from "everspan";

interface Workload {
  readonly name: string;
  readonly spans: number;
  /** Makes span `i`'s payloads. Not timed: the application has them anyway. */
  readonly payloads: (i: number) => { readonly input: unknown; readonly output: unknown };
}

interface Measurement {
  readonly name: string;
  readonly spans: number;
  readonly lost: number;
  readonly requests: number;
  readonly microseconds: readonly number[];
}

const { values } = parseArgs({ options: { spans: { type: "string", default: "20000" } } });
const SPANS = Number(values.spans);
const WARM_UP_SPANS = 2_000;
/** Spans of one request of the application; between requests the event loop turns, and the pipeline works. */
const SPANS_PER_REQUEST = 4;

const PROMPT = "You are a careful support agent. Answer from the knowledge base only. ".repeat(732).slice(0, 51_200);

const WORKLOADS: readonly Workload[] = [
  {
    name: "200 B payload",
    spans: SPANS,
    payloads: (i) => ({
      input: { query: `order ${i}: ${"x".repeat(80)}` },
      output: { answer: `shipped ${"y".repeat(75)}` },
    }),
  },
  {
    name: "50 KB payload, one system prompt",
    spans: SPANS / 4,
    payloads: (i) => conversation(PROMPT, i),
  },
  {
    name: "50 KB payload, all distinct",
    spans: SPANS / 4,
    payloads: (i) => conversation(`${i} ${PROMPT}`, i),
  },
];

function conversation(prompt: string, i: number) {
  const messages = [
    { role: "system", content: prompt },
    { role: "user", content: `Where is order ${i}?` },
  ];
  return { input: { messages }, output: { role: "assistant", content: `Order ${i} has shipped.` } };
}

async function measure(workload: Workload, baseUrl: string, directory?: string): Promise<Measurement> {
  const exporter = new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl });
  const tracer = new Tracer({
    exporters: [exporter],
    queue: { maxBytes: 256 * 1024 * 1024 },
    ...(directory === undefined ? {} : { spool: { directory } }),
  });
  const microseconds: number[] = [];
  for (let i = 0; i < WARM_UP_SPANS + workload.spans; i++) {
    const { input, output } = workload.payloads(i);
    const before = performance.now();
    const span = tracer.startTrace().startSpan("bench", { type: "COMPLETION", input });
    span.output = output;
    span.end();
    const elapsedMs = performance.now() - before;
    if (i >= WARM_UP_SPANS) microseconds.push(elapsedMs * 1000);
    if (i % SPANS_PER_REQUEST === 0) await roomInQueue(tracer);
  }
  await tracer.flush({ timeoutMs: 60_000 });
  const lane = tracer.stats().lanes[exporter.name]!;
  await tracer.shutdown();
  const lost = lane.created - lane.delivered - lane.coalesced;
  const name = directory === undefined ? workload.name : `${workload.name}, spool`;
  return { name, spans: workload.spans, lost, requests: lane.requests, microseconds };
}

/** Lets the event loop turn; waits for delivery when the bench outruns it, so that no measured span meets a full queue. */
async function roomInQueue(tracer: Tracer): Promise<void> {
  await new Promise(setImmediate);
  const { records, bytes } = tracer.stats().queue;
  if (records < 10_000 && bytes < 128 * 1024 * 1024) return;
  const { ok, lanes } = await tracer.flush({ timeoutMs: 60_000 });
  if (!ok) throw new Error(`The back end does not take what is sent: ${Object.values(lanes)[0]?.lastError}`);
}

function report(measurements: readonly Measurement[]): void {
  const row = (cells: readonly (string | number)[]) =>
    console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(40) : String(cell).padStart(10))).join(""));
  row(["start + end, microseconds", "p50", "p99", "mean", "spans", "requests", "lost"]);
  for (const { name, spans, lost, requests, microseconds } of measurements) {
    const sorted = microseconds.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(2);
    const mean = (microseconds.reduce((sum, each) => sum + each, 0) / microseconds.length).toFixed(2);
    row([name, at(0.5), at(0.99), mean, spans, requests, lost]);
  }
}

/** What the two readings of the clock cost by themselves: in every figure above it. */
function measureClock(): Measurement {
  const microseconds = Array.from({ length: 20_000 }, () => {
    const before = performance.now();
    return (performance.now() - before) * 1000;
  });
  return { name: "(reading the clock twice)", spans: 0, lost: 0, requests: 0, microseconds };
}

const server = fork(fileURLToPath(new URL("sink-server.mjs", import.meta.url)), {
  stdio: ["ignore", "pipe", "inherit", "ipc"],
});
const directory = mkdtempSync(join(tmpdir(), "everspan-hot-path-"));
try {
  const port = await new Promise<string>((resolve) => createInterface(server.stdout!).once("line", resolve));
  const measurements: Measurement[] = [];
  for (const workload of WORKLOADS) {
    const baseUrl = `http://127.0.0.1:${port}`;
    measurements.push(await measure(workload, baseUrl), await measure(workload, baseUrl, directory));
  }
  report([...measurements, measureClock()]);
} finally {
  server.kill();
  rmSync(directory, { recursive: true, force: true });
}
