/**
 * What observing adds to a call of the `openai` client, everybody's wrapper in one run: `npm ci` here, then
 * `node bench/peers/observed-call.mjs [rounds]` from the root, with a build. Each tracer has a process of its own, in which
 * its client and a bare one take turns, with the same `fetch` that answers from memory; the processes take turns, round
 * by round. Each sends by its defaults to a back end on loopback, in another process. `bare` is a second bare client: what
 * the method itself can't tell apart.
 *
 * Each figure is the middle one of the rounds:
 * - a call: p50 with the tracer less p50 without, in microseconds. After each call the event loop turns once, as it does
 *   while a real model answers: what a tracer does by itself between calls is in no call. By then the process has made
 *   thousands of calls, and all code that a call runs is compiled.
 * - in a row: the same without that turn. The next call waits for whatever there is to be done.
 * - first calls: as "a call", of the first 300 of the process, whose code is interpreted for the most part: the tracer's as
 *   well as the client's, which then takes twice its time and more.
 * - bare: p50 without the tracer, in the tracer's process: what the tracer costs everything that runs beside it
 *   (promises that are followed from one context to the next) is in there, and in no difference.
 * - processor: all of the process's processor time for one call, sending included, less the bare client's.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BackEnd } from "../harness/back-end-process.mjs";
import { bareClient, NAMES, observedClient } from "./observed-client.mjs";

const PROGRAM = fileURLToPath(import.meta.url);
const CALLS = 600;
const FIRST = 300;
/** Below a thousand the figures still fall from one hundred calls to the next. */
const WARM_UP = 2_000;
const CHUNKS = 50;
const FIGURES = ["a call", "in a row", "first calls", "bare", "processor"];

const choice = { index: 0, message: { role: "assistant", content: "four" }, finish_reason: "stop" };
const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
const head = { created: 1, model: "gpt-x-1" };
const reply = JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", ...head, choices: [choice], usage });
const events = Array.from({ length: CHUNKS }, (_, n) => {
  const choices = [{ index: 0, delta: { content: `${n} ` }, finish_reason: null }];
  return `data: ${JSON.stringify({ id: "chatcmpl-2", object: "chat.completion.chunk", ...head, choices })}\n\n`;
}).join("");
const messages = Array.from({ length: 20 }, (_, n) => ({
  role: n % 2 === 0 ? "user" : "assistant",
  content: `message ${n} `.repeat(20),
}));
const OPERATIONS = {
  "a call": (client) => client.chat.completions.create({ model: "gpt-x", messages }),
  [`a stream of ${CHUNKS} chunks`]: async (client) => {
    for await (const _ of await client.chat.completions.create({ model: "gpt-x", messages, stream: true }));
  },
};

const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

async function timed(call, client) {
  const start = process.hrtime.bigint();
  await call(client);
  return Number(process.hrtime.bigint() - start) / 1e3;
}

/** @returns p50 without the tracer, and with it how much more */
async function latency(count, call, bare, { client, flush }, between) {
  const took = { bare: [], observed: [] };
  const clients = { bare, observed: client };
  for (let n = 0; n < count; n += 1) {
    for (const name of n % 2 === 0 ? ["bare", "observed"] : ["observed", "bare"]) {
      took[name].push(await timed(call, clients[name]));
      await between();
    }
  }
  await flush();
  return { bare: middle(took.bare), more: middle(took.observed) - middle(took.bare) };
}

async function processorTime(call, client, flush) {
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (let n = 0; n < CALLS; n += 1) {
    await call(client);
    await turn();
  }
  await flush();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

async function measure(name, url) {
  let requests = 0;
  const fetch = async (_url, { body }) => {
    requests += 1;
    const isStream = JSON.parse(body).stream === true;
    const type = isStream ? "text/event-stream" : "application/json";
    return new Response(isStream ? `${events}data: [DONE]\n\n` : reply, { headers: { "content-type": type } });
  };
  const make = (Class) => new Class({ apiKey: "k", baseURL: "http://model.test/v1", fetch, maxRetries: 0 });
  const observed = await observedClient(name, make, url);
  const bare = bareClient(make);
  const figures = {};
  for (const [what, call] of Object.entries(OPERATIONS)) {
    const first = await latency(FIRST, call, bare, observed, turn);
    await latency(WARM_UP, call, bare, observed, turn);
    const spaced = await latency(CALLS, call, bare, observed, turn);
    const inARow = await latency(CALLS, call, bare, observed, async () => {});
    const processor =
      (await processorTime(call, observed.client, observed.flush)) - (await processorTime(call, bare, async () => {}));
    requests = 0;
    await call(observed.client);
    figures[what] = {
      "a call": spaced.more,
      "in a row": inARow.more,
      "first calls": first.more,
      bare: spaced.bare,
      processor,
      moreRequests: requests - 1,
    };
  }
  return figures;
}

if (process.send !== undefined) {
  const [name, url] = process.argv.slice(2);
  process.send(await measure(name, url), () => process.exit(0));
} else {
  const rounds = Number(process.argv[2] ?? 5);
  const backEnd = await BackEnd.start({ latencyMs: 20 });
  const results = new Map(NAMES.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < NAMES.length; at += 1) {
      const name = NAMES[(at + round) % NAMES.length];
      const child = fork(PROGRAM, [name, backEnd.url], { execArgv: ["--expose-gc"] });
      const [figures] = await Promise.race([
        once(child, "message"),
        once(child, "exit").then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
      ]);
      results.get(name).push(figures);
    }
  }
  for (const what of Object.keys(OPERATIONS)) {
    console.log(`\n${what}, microseconds more than bare:`);
    for (const [name, all] of results) {
      const of = (figure) => middle(all.map((figures) => figures[what][figure])).toFixed(1);
      const told = FIGURES.map((figure) => `${figure} ${of(figure).padStart(7)}`).join(", ");
      console.log(`  ${name.padEnd(25)} ${told}; ${all.at(-1)[what].moreRequests} more requests`);
    }
  }
  await backEnd.stop();
}
