/**
 * What the spool writes for recorded agent runs, beside what is new in them.
 *
 *   npx tsx bench/spool-bytes.ts
 *
 * Each run is replayed as its agent made it: one span a model call, given the whole history. Its START is on disk before
 * the call is answered, and its END after, as for any call that takes longer than a group commit; the back end is dead.
 * The exchanges recorded with model providers are one run more, in which each call is given all earlier ones.
 *
 * - *spool*: bytes of all segments.
 * - *distinct*: every JSON string (keys too), number and literal in the run's spans, ids and times among them, written
 *   once however often it occurs. No brackets, colons or commas, so nothing of what it takes to put them together again.
 * - *payloads*: the same of input, output and data alone.
 * - *sent*: the JSON of every START and END: what a log of snapshots would write.
 *
 * Ends non-zero when the spool is more than 1.3 times what is distinct in any run.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MemoryExporter, type SpanExporter, type SpanSnapshot, Tracer } from "everspan";

interface ModelCall {
  readonly input: object;
  readonly output: unknown;
}

interface Run {
  readonly name: string;
  readonly calls: readonly ModelCall[];
}

const RECORDED = fileURLToPath(new URL("../../shared/data/", import.meta.url));
const TARGET = 1.3;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** Takes nothing, for ever. */
const DEAD: SpanExporter = { name: "dead", export: () => new Promise(() => {}) };

if (!existsSync(RECORDED)) {
  console.log("the recorded runs (../shared/data) are not on this machine");
} else {
  await report([...trajectories(), exchanges()]);
}

async function report(runs: readonly Run[]): Promise<void> {
  console.log(["run", "calls", "sent", "payloads", "distinct", "spool", "/ payloads", "/ distinct"].map(cell).join(""));
  for (const run of runs) {
    const spool = await spooledBytes(run);
    const spans = await snapshotsOf(run);
    const payloads = distinctBytes(spans.map(({ input, output, data }) => [input, output, data]));
    const distinct = distinctBytes(spans);
    const sent = 2 * bytesOf(spans) - bytesOf(spans.map(({ output }) => output));
    const ratio = spool / distinct;
    if (ratio > TARGET) process.exitCode = 1;
    const ratios = [(spool / payloads).toFixed(2), `${ratio.toFixed(2)}${ratio > TARGET ? " !" : ""}`];
    console.log([run.name, run.calls.length, sent, payloads, distinct, spool, ...ratios].map(cell).join(""));
  }
}

function* trajectories(): Generator<Run> {
  const folder = join(RECORDED, "trajectories");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".traj.json"))) {
    const { messages } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { messages: Message[] };
    yield { name: file.replace(".traj.json", ""), calls: modelCalls(messages) };
  }
}

interface Message {
  readonly role: string;
  readonly content: unknown;
}

function modelCalls(recorded: readonly Message[]): ModelCall[] {
  const history = recorded.map(({ role, content }) => ({ role, content }));
  return history.flatMap((output, index) =>
    output.role === "assistant" ? [{ input: { messages: history.slice(0, index) }, output }] : [],
  );
}

/** What was asked and answered in one conversation, with the providers' own bodies. */
function exchanges(): Run {
  const folder = join(RECORDED, "recordings");
  const history: unknown[] = [];
  const calls: ModelCall[] = [];
  for (const file of readdirSync(folder)) {
    for (const { request, response } of JSON.parse(readFileSync(join(folder, file), "utf8")) as Exchange[]) {
      history.push(parsed(request.body));
      const output = parsed(response.body);
      calls.push({ input: { messages: [...history] }, output });
      history.push(output);
    }
  }
  return { name: "recorded exchanges", calls };
}

interface Exchange {
  readonly request: { readonly body: unknown };
  readonly response: { readonly body: unknown };
}

/** A body that is JSON is what a client makes of it; a stream of events stays text. */
function parsed(body: unknown): unknown {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

async function spooledBytes(run: Run): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "everspan-spool-bytes-"));
  const tracer = new Tracer({ exporters: [DEAD], spool: { directory }, logger: SILENT });
  try {
    await replay(tracer, run, async () => {
      const { ok } = await tracer.flush({ until: "spooled" });
      if (!ok) throw new Error("a record did not reach the disk");
    });
    return segmentBytes(directory);
  } finally {
    await tracer.shutdown({ timeoutMs: 1 });
    rmSync(directory, { recursive: true, force: true });
  }
}

async function snapshotsOf(run: Run): Promise<readonly SpanSnapshot[]> {
  const memory = new MemoryExporter();
  const tracer = new Tracer({ exporters: [memory] });
  await replay(tracer, run, async () => {});
  await tracer.shutdown();
  return memory.spans();
}

async function replay(tracer: Tracer, { name, calls }: Run, settled: () => Promise<void>): Promise<void> {
  const trace = tracer.startTrace();
  const root = trace.startSpan(name, { type: "AGENT_WORKFLOW" });
  for (const { input, output } of calls) {
    const span = trace.startSpan("model call", { type: "COMPLETION", parentId: root.id, input });
    await settled();
    span.output = output;
    span.end();
    await settled();
  }
  root.end();
  await settled();
}

function segmentBytes(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".seg"))
    .reduce((sum, path) => sum + statSync(join(directory, path)).size, 0);
}

function distinctBytes(value: unknown): number {
  const distinct = new Set<string>();
  collectScalars(value, distinct);
  return [...distinct].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function collectScalars(value: unknown, into: Set<string>): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) {
    into.add(JSON.stringify(value));
    return;
  }
  if (!Array.isArray(value)) for (const key of Object.keys(value)) into.add(JSON.stringify(key));
  for (const part of Object.values(value)) collectScalars(part, into);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function cell(content: string | number, column: number): string {
  return column === 0 ? String(content).padEnd(24) : String(content).padStart(12);
}
