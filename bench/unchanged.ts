/**
 * What a conversation costs that was captured before: each row's time as a share of `JSON.stringify` of the same
 * payload, taken in turn in the same process; and, each in a process of its own, what a message keeps in memory and the
 * worst capture of a conversation of 500 steps in a heap of 256 MB.
 *
 * `npx tsx bench/unchanged.ts [messages] [rounds]`, on this Node.js and on those of `runtimes/` where `npm ci` was run
 * there. "Warm" is a capture right after another of the same payload, "cold" one whose payload the caches have lost to
 * the other rows meanwhile.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CaptureMemory, Capturer, Comparison, compareWith, type JsonNode } from "everspan/internals";

// As in a program from its first batch on.
compareWith(Comparison);

type Message = Record<string, unknown>;

interface Row {
  readonly name: string;
  /** Asked at most, as a share of `JSON.stringify`. */
  readonly limit?: number;
  readonly payload: () => { model: string; messages: readonly Message[] };
  /** Nothing is remembered: the first capture of each. */
  readonly isNew?: boolean;
}

const count = Number(process.argv[2] ?? 2000);
const rounds = Number(process.argv[3] ?? 31);

const said = (i: number) => `message ${i}: ${"what was said ".repeat(20)}`.slice(0, 280);
const flat = (i: number): Message => ({ role: i % 4 === 0 ? "user" : "assistant", content: said(i) });
const calling = (i: number): Message => ({
  role: "assistant",
  content: said(i),
  tool_calls: [
    { id: `call_${i}`, type: "function", function: { name: "search", arguments: `{"query":"question ${i}"}` } },
  ],
});
const nested = (i: number): Message => ({ ...flat(i), from: { name: `agent ${i}`, kind: "planner" } });
const mixed = (i: number) => (i % 2 === 0 ? flat(i) : calling(i));
const manyShapes = (i: number) => ({ ...mixed(i), [`key_${i % 50}`]: `value ${i}` });
const few = (i: number) => ({ ...mixed(i), key: `value ${i}` });

const list = (make: (i: number) => Message, n = count) => Array.from({ length: n }, (_, i) => make(i));
const of = (messages: readonly Message[]) => ({ model: "m", messages });
const rebuilt = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const spread = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(spread);
  if (typeof value !== "object" || value === null) return value;
  const copy: Message = { ...value };
  for (const name in copy) copy[name] = spread(copy[name]);
  return copy;
};
const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
};

function timed(run: () => unknown): number {
  const startMs = performance.now();
  run();
  return performance.now() - startMs;
}

/** Each order is as likely: what one row leaves behind falls on no certain neighbour. */
function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** Of a machine that does other things too, what it takes undisturbed. */
const lowerQuartile = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]!;

function measureShares(): void {
  const conversation = list(mixed);
  const flats = list(flat);
  const nests = list(nested);
  const shapes = list(manyShapes);
  const fewShapes = list(few);
  const frozenOnes = frozen(list(mixed));

  const rows: readonly Row[] = [
    { name: "same objects", limit: 0.16, payload: () => of(conversation) },
    { name: "spread", limit: 0.18, payload: () => spread(of(conversation)) as never },
    { name: "parsed anew", limit: 0.22, payload: () => rebuilt(of(conversation)) },
    { name: "flat messages", limit: 0.12, payload: () => of(flats) },
    { name: "a nested object in each", payload: () => of(nests) },
    { name: "few shapes, same", payload: () => of(fewShapes) },
    { name: "50 shapes, same", payload: () => of(shapes) },
    { name: "few shapes, parsed", payload: () => rebuilt(of(fewShapes)) },
    { name: "50 shapes, parsed", payload: () => rebuilt(of(shapes)) },
    { name: "deep-frozen", limit: 0.05, payload: () => of(frozenOnes) },
    { name: "new", limit: 0.45, payload: () => of(conversation), isNew: true },
  ];

  const capturer = new Capturer();
  const memories = new Map(rows.map((row) => [row, new CaptureMemory()]));
  const taken = new Map(rows.map((row) => [row, { cold: [] as number[], warm: [] as number[], text: [] as number[] }]));

  function measure(row: Row): void {
    const memory = () => (row.isNew ? new CaptureMemory() : memories.get(row)!);
    const payload = row.payload();
    const again = row.payload();
    const { cold, warm, text } = taken.get(row)!;
    cold.push(timed(() => capturer.capture(payload, memory())));
    warm.push(timed(() => capturer.capture(again, memory())));
    JSON.stringify(payload);
    text.push(timed(() => JSON.stringify(again)));
  }

  for (let round = -10; round < rounds; round++) {
    for (const row of shuffled(rows)) measure(row);
    if (round < 0) for (const kept of taken.values()) kept.cold.length = kept.warm.length = kept.text.length = 0;
  }

  const ns = (ms: number) => ((ms * 1e6) / count).toFixed(0).padStart(6);
  console.log(`${process.version}, ${count} messages, lower quartiles of ${rounds} rounds, ns a message`);
  console.log(`${"".padEnd(26)}  cold   warm   JSON.stringify   warm : JSON.stringify (asked at most)`);
  for (const row of rows) {
    const { cold, warm, text } = taken.get(row)!;
    const share = lowerQuartile(warm) / lowerQuartile(text);
    const asked = row.limit === undefined ? "" : ` (${row.limit})${share > row.limit ? " MISSED" : ""}`;
    console.log(
      `${row.name.padEnd(26)}${ns(lowerQuartile(cold))} ${ns(lowerQuartile(warm))}   ${ns(lowerQuartile(text))}           ${share.toFixed(3)}${asked}`,
    );
  }
  const warmOf = (name: string, of: "warm" | "text") =>
    lowerQuartile(taken.get(rows.find((row) => row.name === name)!)![of]);
  const each = (of: "warm" | "text") => warmOf("a nested object in each", of) - warmOf("flat messages", of);
  console.log(`each nested object: ${(each("warm") / each("text")).toFixed(3)} x JSON.stringify (0.3)`);
  for (const how of ["same", "parsed"]) {
    const ratio = warmOf(`50 shapes, ${how}`, "warm") / warmOf(`few shapes, ${how}`, "warm");
    console.log(`50 shapes : few, ${how}: ${ratio.toFixed(2)} (1.4)`);
  }
}

/** Beside the application's objects and strings, which live on. Needs `--expose-gc`. */
function measureRetained(): void {
  const messages = list(mixed);
  const capturer = new Capturer();
  const held: (JsonNode | undefined)[] = [];
  const memories: CaptureMemory[] = [];
  const heapBytes = () => {
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  capturer.capture(of(messages), new CaptureMemory());
  const before = heapBytes();
  for (let i = 0; i < COPIES; i++) {
    const memory = new CaptureMemory();
    memories.push(memory);
    held.push(capturer.capture(of(messages), memory));
  }
  const bytes = (heapBytes() - before) / (COPIES * messages.length);
  say("retained bytes a message", bytes, 250, held.length === memories.length ? 0 : 1);
}

const COPIES = 20;
const STEPS = 500;

/** Each step sends two messages more, all objects new, and its capture stays. Needs a heap of 256 MB. */
function measureSteps(): void {
  const capturer = new Capturer();
  const memory = new CaptureMemory();
  const held: (JsonNode | undefined)[] = [];
  const messages: Message[] = [];
  let worstMs = 0;
  for (let step = 0; step < STEPS; step++) {
    messages.push(flat(2 * step), calling(2 * step + 1));
    const payload = spread(of(messages));
    worstMs = Math.max(
      worstMs,
      timed(() => held.push(capturer.capture(payload, memory))),
    );
  }
  say(`worst capture of ${held.length} steps in ms`, worstMs, 10, 1);
}

function say(name: string, value: number, limit: number, digits: number): void {
  console.log(`${name}: ${value.toFixed(digits)} (${limit})${value > limit ? " MISSED" : ""}`);
}

/** This program again, for one of its parts or under another Node.js. */
function again(node: string, options: readonly string[], part?: string): void {
  const args = [...options, "--import", "tsx", fileURLToPath(import.meta.url), String(count), String(rounds)];
  spawnSync(node, part === undefined ? args : [...args, part], {
    stdio: "inherit",
    env: { ...process.env, ...(part === undefined && { UNCHANGED_ONE_NODE: "1" }) },
  });
}

switch (process.argv[4]) {
  case "retained":
    measureRetained();
    break;
  case "steps":
    measureSteps();
    break;
  default:
    measureShares();
    again(process.execPath, ["--expose-gc"], "retained");
    again(process.execPath, ["--max-old-space-size=256"], "steps");
    for (const version of process.env.UNCHANGED_ONE_NODE === undefined ? [22, 24] : []) {
      const node = fileURLToPath(new URL(`../runtimes/node_modules/node-${version}/bin/node`, import.meta.url));
      if (existsSync(node)) again(node, []);
      else console.log(`Node ${version}: not installed (npm ci in runtimes/)`);
    }
}
