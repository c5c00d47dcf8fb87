/**
 * What a batch for SGP costs to encode: by the exporter, straight from its records; by way of a snapshot and an item of
 * each record; and `Buffer.from(JSON.stringify(…))` of items that are there already.
 *
 * `npx tsx bench/encode.ts`. They take turns on spans made anew for each round; printed are medians over the rounds, in
 * microseconds a span, and how long the exporter's slices held the event loop: 99th percentile and longest.
 */
import { toSgpItem } from "@everspan/protocol";
import { SgpExporter } from "everspan";
import { BodyBuilder, CaptureMemory, Capturer, type JsonNode, SpanRecord } from "everspan/internals";

const ROUNDS = 40;
const WARM_UP_ROUNDS = 10;
const NOON = Date.UTC(2026, 0, 31, 12) * 1000;

interface Workload {
  readonly name: string;
  /** The spans of one round; rounds differ as an application's would. */
  batch(round: number): SpanRecord[];
}

const PROMPT = prompt("shared");

const workloads: Workload[] = [
  {
    name: "small, 200 B",
    batch: (round) => spans(200, (i) => captured({ query: `search for ${round} ${i}`, limit: 10 })),
  },
  {
    name: "50 KB prompt, shared",
    batch: (round) => spans(80, (i) => captured({ messages: [system(PROMPT), user(round, i)] })),
  },
  {
    name: "50 KB prompt, distinct",
    batch: (round) => spans(80, (i) => captured({ messages: [system(prompt(`${round} ${i}`)), user(round, i)] })),
  },
  { name: "conversation of 100 steps", batch: conversation },
];

for (const workload of workloads) await compare(workload);

async function compare({ name, batch }: Workload): Promise<void> {
  const bodies = new BodyBuilder();
  /** Of the rounds that warm up: a copy of each body would be most of its time. */
  let sent: readonly Uint8Array[] | undefined;
  let isWarm = false;
  const exporter = new SgpExporter({
    apiKey: "bench",
    accountId: "bench",
    transport: {
      send: async ({ body }) => {
        sent = isWarm ? undefined : body.map((piece) => Buffer.from(piece));
        return { status: 200, headers: {}, body: Buffer.alloc(0), bodyTruncated: false };
      },
      close: async () => {},
    },
  });
  const ours: number[] = [];
  const viaItems: number[] = [];
  const native: number[] = [];
  const slicesMs: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    isWarm = round >= WARM_UP_ROUNDS;
    const records = batch(round);
    const items = records.map((record) => toSgpItem(record.toSnapshot()));
    const expected = timed(native, items.length, () =>
      Buffer.from(`{"items":[${items.map((item) => JSON.stringify(item)).join(",")}]}`),
    );
    const itemsFrom = performance.now();
    const add: Parameters<typeof bodies.list<SpanRecord>>[2] = (record, list) =>
      list.add(toSgpItem(record.toSnapshot()));
    const body = await bodies.list('{"items":[', records, add, "]}");
    viaItems.push(((performance.now() - itemsFrom) * 1000) / records.length);
    const slices = watchSlices();
    const startedAt = performance.now();
    await exporter.exportEach(records, { signal: new AbortController().signal, attempt: 1 });
    ours.push(((performance.now() - startedAt) * 1000) / records.length);
    const held = slices.stop();
    if (isWarm) slicesMs.push(...held);
    for (const pieces of [body.pieces, sent ?? body.pieces])
      if (!Buffer.concat(pieces as Uint8Array[]).equals(expected)) throw new Error(`${name}: the bytes differ`);
    body.release();
  }
  await exporter.shutdown();
  const [a, v, b] = [ours, viaItems, native].map((times) => median(times.slice(WARM_UP_ROUNDS))) as [
    number,
    number,
    number,
  ];
  const row = [`records ${a.toFixed(1)} us`, `by items ${v.toFixed(1)} us`, `stringify ${b.toFixed(1)} us`];
  row.push(`ratio ${(a / v).toFixed(2)}, ${(a / b).toFixed(2)}`);
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

function conversation(round: number): SpanRecord[] {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const messages: object[] = [system(`${PROMPT.slice(0, 8_000)} ${round}`)];
  return spans(100, (i) => {
    messages.push(user(round, i), { role: "assistant", content: `answer ${i} ${PROMPT.slice(i, i + 1_500)}` });
    return capturer.capture({ messages }, memory) ?? null;
  });
}

function spans(count: number, inputOf: (i: number) => JsonNode): SpanRecord[] {
  const capturer = new Capturer();
  const identity = { parentId: undefined, taskId: undefined, service: undefined, obs: undefined };
  return Array.from(
    { length: count },
    (_, i) =>
      new SpanRecord({
        ...identity,
        phase: "ended",
        revision: 1,
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        id: `1b9d6bcd-bbfd-4b2d-9b5d-${String(i).padStart(12, "0")}`,
        name: "llm",
        type: "COMPLETION",
        startMicros: NOON,
        endMicros: NOON + 1_000_000,
        status: "OK",
        error: undefined,
        data: undefined,
        input: inputOf(i),
        output: capturer.capture({ text: `answer ${i}` }),
      }),
  );
}

/** Each captured by itself, as payloads of different traces are. */
function captured(payload: object): JsonNode {
  return new Capturer().capture(payload) ?? null;
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
