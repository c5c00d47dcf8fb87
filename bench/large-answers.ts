/**
 * What large answers cost: a streamed answer of 20,000 chunks, and a tool's result of 20 MB, as one text and as many
 * small objects. For each, and for each way to send it: what the caller waits for beyond the bare operation, what the heap
 * holds more of afterwards, and how long anything else waited at most, by a timer of 1 ms: while the operation ran, and after
 * it until all was delivered. Of that, what the event loop's own thread computed, where the system tells (Linux): a wait for a
 * processor is nobody's here.
 *
 * `npx tsx bench/large-answers.ts [part of a way's name]`. Ends non-zero when a bound does not hold.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CollectorExporter, OtlpExporter, SgpExporter, type Trace, Tracer, type TracerOptions } from "everspan";

const CHUNKS = 20_000;
const CHUNKS_A_TURN = 20;
const RESULT_BYTES = 20_000_000;
const ROUNDS = 5;
/** Nothing else waits longer. */
const MOST_STOP_MS = 10;
/** What is kept of one payload, and as much again for what was read of the application's. */
const MOST_HELD_BYTES = 2 * 16 * 1024 * 1024;

interface Case {
  readonly name: string;
  /** Made before the clock starts. */
  readonly prepare: () => unknown;
  /** @param trace undefined: the bare operation */
  readonly run: (prepared: never, trace: Trace | undefined) => Promise<void> | void;
}

const cases: readonly Case[] = [
  { name: "a stream of 20,000 chunks", prepare: () => undefined, run: (_, trace) => streamed(trace) },
  { name: "a result of 20 MB, one text", prepare: () => ({ text: text(RESULT_BYTES) }), run: ended },
  { name: "a result of 20 MB, texts of 1 KB", prepare: () => parts(20_000, 1_000), run: ended },
  { name: "a result of 20 MB, texts of 20 B", prepare: () => parts(400_000, 20), run: ended },
];

const schedule = process.platform === "linux" ? openSync(`/proc/self/task/${process.pid}/schedstat`, "r") : undefined;
const line = Buffer.alloc(64);
const sink = fork(fileURLToPath(new URL("sink-server.mjs", import.meta.url)), {
  stdio: ["ignore", "pipe", "inherit", "ipc"],
});
const [port] = (await once(sink.stdout!, "data")) as [Buffer];
const baseUrl = `http://127.0.0.1:${String(port).trim()}`;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

console.log(`${process.version}, medians of ${ROUNDS}, the worst of stops`);
console.log(`${"".padEnd(34)}  caller ms    bare ms    held MB  stop then  stop after   stop bare`);
const directory = mkdtempSync(join(tmpdir(), "everspan-large-"));
const ways: Readonly<Record<string, () => TracerOptions>> = {
  SGP: () => ({ exporters: [new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl })] }),
  collector: () => ({ exporters: [new CollectorExporter({ url: baseUrl })] }),
  OTLP: () => ({ exporters: [new OtlpExporter({ endpoint: baseUrl })] }),
  "SGP and a spool": () => ({ ...ways.SGP!(), spool: { directory } }),
};
for (const [way, options] of Object.entries(ways)) {
  if (!way.includes(process.argv[2] ?? "")) continue;
  console.log(way);
  for (const each of cases) await measure(each, options);
}
rmSync(directory, { recursive: true });
sink.disconnect();

async function measure({ name, prepare, run }: Case, options: () => TracerOptions): Promise<void> {
  const figures = { callerMs: [] as number[], bareMs: [] as number[], heldBytes: [] as number[] };
  let thenMs = 0;
  let afterMs = 0;
  let bareLongestMs = 0;
  // The first compiles what the others run.
  for (let round = -1; round < ROUNDS; round++) {
    const prepared = prepare() as never;
    const bare = await watched(() => run(prepared, undefined));
    const tracer = new Tracer(options());
    const trace = tracer.startTrace();
    const before = process.memoryUsage().heapUsed;
    const recorded = await watched(
      () => run(prepared, trace),
      () => tracer.flush({ timeoutMs: 30_000 }),
    );
    const heldBytes = process.memoryUsage().heapUsed - before;
    await tracer.shutdown({ timeoutMs: 30_000 });
    if (round < 0) continue;
    figures.callerMs.push(recorded.ranMs - bare.ranMs);
    figures.bareMs.push(bare.ranMs);
    figures.heldBytes.push(heldBytes);
    thenMs = Math.max(thenMs, recorded.thenMs);
    afterMs = Math.max(afterMs, recorded.afterMs);
    bareLongestMs = Math.max(bareLongestMs, bare.thenMs, bare.afterMs);
  }
  const held = median(figures.heldBytes);
  const stop = Math.max(thenMs, afterMs) - bareLongestMs;
  const cells = [median(figures.callerMs), median(figures.bareMs), held / 1e6, thenMs, afterMs, bareLongestMs];
  const missed = [stop > MOST_STOP_MS ? " STOP MISSED (10)" : "", held > MOST_HELD_BYTES ? " HELD MISSED (33)" : ""];
  console.log(name.padEnd(34) + cells.map((cell) => cell.toFixed(1).padStart(11)).join("") + missed.join(""));
  if (missed.some((word) => word !== "")) process.exitCode = 1;
}

/** How long `act` took, and the longest stop of the event loop while it ran, and after it until `settle` had ended too. */
async function watched(act: () => Promise<void> | void, settle?: () => Promise<unknown>) {
  let longestMs = 0;
  let lastMs = threadMs();
  const look = () => {
    const nowMs = threadMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(look, 1);
  await sleep(5);
  const beganMs = threadMs();
  await act();
  const ranMs = threadMs() - beganMs;
  look();
  const thenMs = longestMs;
  longestMs = 0;
  await settle?.();
  await sleep(5);
  clearInterval(timer);
  return { ranMs, thenMs, afterMs: longestMs };
}

function threadMs(): number {
  if (schedule === undefined) return performance.now();
  const bytes = readSync(schedule, line, 0, line.byteLength, 0);
  return Number(line.toString("latin1", 0, bytes).split(" ", 1)[0]) / 1e6;
}

/** As clients of models give it out: one object a token. */
async function* chunks() {
  for (let i = 0; i < CHUNKS; i++) {
    if (i % CHUNKS_A_TURN === 0) await turn();
    yield {
      id: "chatcmpl-1",
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta: { content: `word${i} ` } }],
    };
  }
}

async function streamed(trace: Trace | undefined): Promise<void> {
  const stream = trace === undefined ? chunks() : trace.span("answer", chunks);
  for await (const _ of stream);
}

function ended(result: object, trace: Trace | undefined): void {
  const span = trace?.startSpan("tool");
  if (span === undefined) return;
  span.output = result;
  span.end();
}

function text(length: number): string {
  return Buffer.alloc(length, "what the tool said. ").toString("latin1");
}

function parts(count: number, length: number) {
  return { rows: Array.from({ length: count }, (_, i) => ({ text: `${i} ${text(length)}`.slice(0, length) })) };
}
