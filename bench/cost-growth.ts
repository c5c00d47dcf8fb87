/**
 * What a conversation costs as it grows: each step sends all of it again. Printed for each length: time to record it,
 * what the queue and the spool then hold while the back end is dead, and the bytes on the wire; and the exponent k of a
 * fit `cost = c * steps^k`: 1 is linear, 2 is the square that sending all of it again costs.
 *
 *   npx tsx bench/cost-growth.ts [--steps 10,30,100,300,1000] [--json]
 *
 * OpenTelemetry JS stands beside when `bench/peers` is installed: its queue is measured by the heap, since it keeps no
 * account of bytes.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CollectorExporter, SgpExporter, type SpanExporter, Tracer } from "everspan";

/** `undefined` where the subject has no such thing. */
interface Cost {
  readonly recordMs: number;
  readonly queueBytes: number;
  readonly spoolBytes: number | undefined;
  readonly wireBytes: number | undefined;
}

interface Subject {
  readonly name: string;
  /** The most steps that it survives. Default: any. */
  readonly mostSteps?: number;
  cost(steps: number): Promise<Cost>;
}

const OBSERVATION_BYTES = 1_500;
const QUEUE = { maxRecords: 50_000, maxBytes: 2 ** 33 };
/** Nobody listens: connections are refused, and everything waits. */
const DEAD_URL = "http://127.0.0.1:9";
const PEER = new URL("./peers/opentelemetry.mjs", import.meta.url);
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const COSTS: readonly (readonly [title: string, cost: keyof Cost])[] = [
  ["record ms", "recordMs"],
  ["queue bytes", "queueBytes"],
  ["spool bytes", "spoolBytes"],
  ["wire bytes", "wireBytes"],
];

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "10,30,100,300,1000" },
    json: { type: "boolean", default: false },
  },
});
const lengths = values.steps.split(",").map(Number);

const subjects: Subject[] = [
  everspan("Everspan to SGP", (url) => new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl: url })),
  everspan("Everspan to its collector", (url) => new CollectorExporter({ url })),
];
if (existsSync(new URL("./peers/node_modules", import.meta.url))) subjects.push(openTelemetry());

for (const subject of subjects) {
  const { name, mostSteps = Number.POSITIVE_INFINITY } = subject;
  const steps = lengths.filter((length) => length <= mostSteps);
  const costs = await costsOf(subject, steps);
  const exponents = Object.fromEntries(COSTS.map(([, cost]) => [cost, exponentOf(steps, costs, cost)]));
  if (values.json) console.log(JSON.stringify({ subject: name, steps, costs, exponents }));
  else print(name, steps, costs, exponents);
}

async function costsOf({ cost }: Subject, lengths: readonly number[]): Promise<Cost[]> {
  // The first conversation compiles what the others run.
  await cost(lengths[0]!);
  const costs: Cost[] = [];
  for (const steps of lengths) costs.push(await cost(steps));
  return costs;
}

function print(
  name: string,
  lengths: readonly number[],
  costs: readonly Cost[],
  exponents: Record<string, number | undefined>,
): void {
  const row = (cells: readonly (string | number)[]) =>
    console.log(cells.map((cell) => String(cell).padStart(14)).join(""));
  console.log(`\n${name}`);
  row(["steps", ...COSTS.flatMap(([title]) => [title, "a step"])]);
  for (const [i, each] of costs.entries()) {
    const steps = lengths[i]!;
    const pair = (value: number | undefined) =>
      value === undefined ? ["–", "–"] : [Math.round(value * 10) / 10, (value / steps).toPrecision(3)];
    row([steps, ...COSTS.flatMap(([, cost]) => pair(each[cost]))]);
  }
  row(["exponent", ...COSTS.flatMap(([, cost]) => [exponents[cost]?.toFixed(2) ?? "–", ""])]);
}

function everspan(name: string, exporterTo: (url: string) => SpanExporter): Subject {
  const tracerTo = (url: string, directory?: string) =>
    new Tracer({
      exporters: [exporterTo(url)],
      queue: QUEUE,
      logger: SILENT,
      ...(directory === undefined ? {} : { spool: { directory } }),
    });
  return {
    name,
    async cost(steps) {
      const waiting = tracerTo(DEAD_URL);
      const recordMs = await converse(steps, recordWith(waiting));
      const queueBytes = waiting.stats().queue.bytes;
      await waiting.shutdown({ timeoutMs: 1 });
      const wireBytes = await bytesReceived(async (url) => {
        const sending = tracerTo(url);
        await converse(steps, recordWith(sending));
        await sending.shutdown({ timeoutMs: 60_000 });
      });
      return { recordMs, queueBytes, wireBytes, spoolBytes: await spoolBytes(steps, (d) => tracerTo(DEAD_URL, d)) };
    },
  };
}

/** What a conversation takes on disk while nothing of it is delivered. */
async function spoolBytes(steps: number, tracerWith: (directory: string) => Tracer): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "everspan-growth-"));
  try {
    const tracer = tracerWith(directory);
    await converse(steps, recordWith(tracer));
    const { ok } = await tracer.flush({ until: "spooled", timeoutMs: 60_000 });
    if (!ok) throw new Error("the spool did not take it");
    const bytes = segmentBytes(directory);
    await tracer.shutdown({ timeoutMs: 1 });
    return bytes;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function segmentBytes(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  const segments = files.filter((file) => file.isFile() && file.name.endsWith(".seg"));
  return segments.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

function recordWith(tracer: Tracer): (messages: object[], reply: object) => void {
  const trace = tracer.startTrace();
  return (messages, reply) => {
    const span = trace.startSpan("model call", { type: "COMPLETION", input: { messages } });
    span.output = reply;
    span.end();
  };
}

interface Peer {
  start(name: string, input: unknown): unknown;
  end(span: unknown, output: unknown): void;
  close(): Promise<void>;
}

function openTelemetry(): Subject {
  return {
    name: "OpenTelemetry JS",
    // A batch of 512 such conversations of 1,000 steps is a longer string than there can be: the process ends.
    mostSteps: 300,
    async cost(steps) {
      const { open } = (await import(PEER.href)) as { open(options: object): Promise<Peer> };
      const deaf = await startDeafServer();
      const waiting = await open({ url: deaf.url });
      const before = heapBytes();
      const recordMs = await converse(steps, recordWithPeer(waiting));
      const queueBytes = Math.max(0, heapBytes() - before);
      deaf.refuse();
      await waiting.close().catch(() => {});
      deaf.stop();
      const wireBytes = await bytesReceived(async (url) => {
        const sending = await open({ url });
        await converse(steps, recordWithPeer(sending));
        await sending.close();
      });
      return { recordMs, queueBytes, wireBytes, spoolBytes: undefined };
    },
  };
}

function recordWithPeer(peer: Peer): (messages: object[], reply: object) => void {
  return (messages, reply) => peer.end(peer.start("model call", { messages }), reply);
}

/** An agent's steps: the history grows by a reply and an observation, and is sent whole. @returns the time of recording */
async function converse(steps: number, record: (messages: object[], reply: object) => void): Promise<number> {
  const messages: object[] = [{ role: "system", content: "You solve tasks with one command at a time. ".repeat(100) }];
  let recordMs = 0;
  for (let step = 0; step < steps; step++) {
    const reply = { role: "assistant", content: `Step ${step}: ls ${step}` };
    const startedMs = performance.now();
    record(messages, reply);
    recordMs += performance.now() - startedMs;
    messages.push(reply, { role: "user", content: `${step} ${"of what was seen ".repeat(OBSERVATION_BYTES / 17)}` });
    if (step % 10 === 9) await nextTurn();
  }
  return recordMs;
}

/** Answers nothing until it refuses all: with no connection at all a peer would try again for long. */
async function startDeafServer(): Promise<{ url: string; refuse: () => void; stop: () => void }> {
  let refuse = () => {};
  const refused = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  const server = createServer((request, response) => {
    request.resume();
    void refused.then(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refuse, stop };
}

async function bytesReceived(send: (url: string) => Promise<void>): Promise<number> {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return bytes;
}

/** Least squares over the logarithms. */
function exponentOf(lengths: readonly number[], costs: readonly Cost[], cost: keyof Cost): number | undefined {
  const points = costs.flatMap((each, i) => {
    const value = each[cost];
    return value === undefined || value <= 0 ? [] : [[Math.log(lengths[i]!), Math.log(value)] as const];
  });
  if (points.length < 2) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
