/**
 * How fast the application's own code runs in a process with a tracer that has delivered and is idle, beside the same
 * process without one: what a tracer does to the runtime itself (classes over built-ins, hooks of promises, patched
 * globals) is in no span's time. Each tracer has a process of its own; the processes take turns, round by round.
 *
 *   npm run build && node bench/application-code.mjs [--rounds 5] [--subjects "no tracer,Everspan"]
 *
 * Figures: time by "no tracer"'s of the same round, medians of the rounds; 1.00 is untouched. `no tracer, again` says
 * what the measurement itself can't tell apart. Tracers other than Everspan are installed by `npm ci` in bench/peers.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BackEnd } from "./harness/back-end-process.mjs";
import { smallPayload } from "./harness/payloads.mjs";
import { Recorder } from "./harness/recorder.mjs";
import { PEERS_INSTALLED, SUBJECTS, subjectNamed } from "./harness/subjects.mjs";

const PROGRAM = fileURLToPath(import.meta.url);
const SPANS = 400;
const REPEATED = 9;

const text = Array.from({ length: 4_000 }, (_, n) => `word${n % 97}`).join(" ");
const numbers = Array.from({ length: 20_000 }, (_, n) => n);
const entries = new Map(numbers.slice(0, 2_000).map((n) => [`key ${n}`, n]));
const record = Object.fromEntries([...entries].slice(0, 200));
const bytes = new Uint8Array(50_000).fill(7);
const json = JSON.stringify(Array.from({ length: 300 }, (_, n) => ({ n, text: `message ${n}`, list: [n, n + 1] })));
const resolved = Promise.resolve(1);

/** Each answers with a number that depends on all that it did. */
const CODE = {
  "characters of a string": () => {
    let sum = 0;
    for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
    return sum;
  },
  "split, slice and join": () =>
    text
      .split(" ")
      .map((word) => word.slice(1))
      .join("-").length,
  "a regular expression": () => text.replace(/w(o)rd(\d+)/g, "$2$1").length,
  "for … of an array": () => {
    let sum = 0;
    for (const n of numbers) sum += n;
    return sum;
  },
  "spread, map and filter": () => [...numbers].map((n) => n + 1).filter((n) => n % 2 === 0).length,
  "a Map and its entries": () => {
    let sum = 0;
    for (const [key, n] of entries) sum += n + key.length + (entries.get(key) ?? 0);
    return sum;
  },
  "keys of an object": () => Object.keys(record).length + Object.values({ ...record }).length,
  "a typed array": () => {
    let sum = 0;
    for (let at = 0; at < bytes.length; at += 1) sum += bytes[at];
    return sum;
  },
  "JSON both ways": () => JSON.stringify(JSON.parse(json)).length,
  "await of a promise": async () => {
    let sum = 0;
    for (let n = 0; n < 2_000; n += 1) sum += await resolved;
    return sum;
  },
  "promises together": async () => {
    const all = await Promise.all(numbers.slice(0, 1_000).map(async (n) => n));
    return all.length;
  },
  "an async generator": async () => {
    async function* counting() {
      for (let n = 0; n < 1_000; n += 1) yield n;
    }
    let sum = 0;
    for await (const n of counting()) sum += n;
    return sum;
  },
};

if (process.send === undefined) await compare();
else await measure(JSON.parse(process.argv[2]));

async function measure({ module, options, url }) {
  const { open } = await import(module);
  const subject = await open({ url, ...options });
  const recorder = new Recorder(subject, SPANS);
  for (let n = 0; n < SPANS; n += 1) {
    const { input, output } = smallPayload(n);
    recorder.end(recorder.start("answer", input), output);
  }
  await subject.flush?.();
  const micros = {};
  for (const [name, run] of Object.entries(CODE)) {
    await run();
    const took = [];
    for (let n = 0; n < REPEATED; n += 1) {
      const start = process.hrtime.bigint();
      // Enough that a stop of the machine is a small part of it.
      for (let again = 0; again < 20; again += 1) if (!((await run()) > 0)) throw new Error(`${name}: expected a sum`);
      took.push(Number(process.hrtime.bigint() - start) / 1e3 / 20);
    }
    micros[name] = middle(took);
  }
  process.send(micros, () => process.exit(0));
}

async function compare() {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, subjects: { type: "string" } },
  });
  const usual = SUBJECTS.filter(
    ({ name, kind, scale }) =>
      name === "no tracer" || ((kind === "everspan" || kind === "peer") && scale === undefined),
  ).filter(({ kind, installedIn }) => kind !== "peer" || (PEERS_INSTALLED && installedIn === undefined));
  const subjects = values.subjects?.split(/,(?! )/).map(subjectNamed) ?? usual;
  const programs = [subjectNamed("no tracer"), ...subjects.filter(({ name }) => name !== "no tracer")];
  programs.push({ ...programs[0], name: "no tracer, again" });
  const backEnd = await BackEnd.start({ latencyMs: 0 });
  const ratios = new Map(programs.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    let alone;
    for (const { name, module, options } of programs) {
      const child = fork(PROGRAM, [JSON.stringify({ module, options, url: backEnd.url })]);
      const [micros] = await Promise.race([
        once(child, "message"),
        once(child, "exit").then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
      ]);
      alone ??= micros;
      ratios.get(name).push(Object.fromEntries(Object.keys(CODE).map((code) => [code, micros[code] / alone[code]])));
    }
  }
  await backEnd.stop();
  const names = [...ratios.keys()].slice(1);
  console.log(`| time : without a tracer | ${names.join(" | ")} |`);
  console.log(`| --- |${names.map(() => " ---: |").join("")}`);
  for (const code of Object.keys(CODE)) {
    const cells = names.map((name) => middle(ratios.get(name).map((round) => round[code])).toFixed(2));
    console.log(`| ${code} | ${cells.join(" | ")} |`);
  }
}

function middle(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}
