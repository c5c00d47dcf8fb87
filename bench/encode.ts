/**
 * What a batch costs to encode, beside `Buffer.from(JSON.stringify(…))` of the same items.
 *
 * `npx tsx bench/encode.ts`. The two take turns on spans made anew for each round; printed are medians over the rounds,
 * in microseconds a span, and how long a slice held the event loop: 99th percentile and longest.
 */
import { type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import { BodyBuilder, CaptureMemory, Capturer, toJson } from "everspan/internals";

const ROUNDS = 40;
const WARM_UP_ROUNDS = 10;

interface Workload {
  readonly name: string;
  /** The spans of one round; rounds differ as an application's would. */
  batch(round: number): SpanSnapshot[];
}

const PROMPT = prompt("shared");

const workloads: Workload[] = [
  { name: "small, 200 B", batch: (round) => spans(200, (i) => ({ query: `search for ${round} ${i}`, limit: 10 })) },
  {
    name: "50 KB prompt, shared",
    batch: (round) => spans(80, (i) => ({ messages: [system(PROMPT), user(round, i)] })),
  },
  {
    name: "50 KB prompt, distinct",
    batch: (round) => spans(80, (i) => ({ messages: [system(prompt(`${round} ${i}`)), user(round, i)] })),
  },
  { name: "conversation of 100 steps", batch: conversation },
];

for (const workload of workloads) await compare(workload);

async function compare({ name, batch }: Workload): Promise<void> {
  const bodies = new BodyBuilder();
  const ours: number[] = [];
  const native: number[] = [];
  const slicesMs: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    const snapshots = batch(round);
    const expected = timed(native, snapshots.length, () =>
      Buffer.from(`{"items":[${snapshots.map((span) => JSON.stringify(toSgpItem(span))).join(",")}]}`),
    );
    const slices = watchSlices();
    const startedAt = performance.now();
    const body = await bodies.list('{"items":[', snapshots, (span, list) => list.add(toSgpItem(span)), "]}");
    ours.push(((performance.now() - startedAt) * 1000) / snapshots.length);
    const held = slices.stop();
    if (round >= WARM_UP_ROUNDS) slicesMs.push(...held);
    if (!Buffer.concat(body.pieces as Uint8Array[]).equals(expected)) throw new Error(`${name}: the bytes differ`);
    body.release();
  }
  const [a, b] = [median(ours.slice(WARM_UP_ROUNDS)), median(native.slice(WARM_UP_ROUNDS))];
  const row = [`everspan ${a.toFixed(1)} us`, `stringify ${b.toFixed(1)} us`, `ratio ${(a / b).toFixed(2)}`];
  slicesMs.sort((x, y) => x - y);
  const [p99, longest] = [slicesMs[Math.floor(slicesMs.length * 0.99)]!, slicesMs.at(-1)!];
  row.push(`slices p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(1)} ms`);
  console.log(name.padEnd(28) + row.map((cell) => cell.padEnd(20)).join(""));
}

function timed<T>(times: number[], count: number, run: () => T): T {
  const startedAt = performance.now();
  const result = run();
  times.push(((performance.now() - startedAt) * 1000) / count);
  return result;
}

/** The times between two turns of the event loop, in milliseconds. */
function watchSlices(): { stop(): number[] } {
  let last = performance.now();
  let isWatching = true;
  const heldMs: number[] = [];
  const look = () => {
    if (!isWatching) return;
    const now = performance.now();
    heldMs.push(now - last);
    last = now;
    setImmediate(look);
  };
  setImmediate(look);
  return {
    stop: () => {
      look();
      isWatching = false;
      return heldMs;
    },
  };
}

function conversation(round: number): SpanSnapshot[] {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const messages: object[] = [system(`${PROMPT.slice(0, 8_000)} ${round}`)];
  return spans(100, (i) => {
    messages.push(user(round, i), { role: "assistant", content: `answer ${i} ${PROMPT.slice(i, i + 1_500)}` });
    return toJson(capturer.capture({ messages }, memory) ?? null);
  });
}

function spans(count: number, inputOf: (i: number) => unknown): SpanSnapshot[] {
  return Array.from({ length: count }, (_, i) => ({
    phase: "ended",
    revision: 1,
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    id: `1b9d6bcd-bbfd-4b2d-9b5d-${String(i).padStart(12, "0")}`,
    name: "llm",
    type: "COMPLETION",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.000000Z",
    status: "OK",
    input: inputOf(i),
    output: { text: `answer ${i}` },
  }));
}

function prompt(seed: string): string {
  const lines = Array.from(
    { length: 900 },
    (_, i) => `${i}. Be "careful" with ${seed}; say so\nwhen you are not sure.`,
  );
  return lines.join("\n").slice(0, 50_000);
}

function system(content: string): object {
  return { role: "system", content };
}

function user(round: number, i: number): object {
  return { role: "user", content: `question ${i} of ${round}` };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
