/**
 * What observing adds to a call of the `openai` client, everybody's wrapper in one run: `npm ci` here, then
 * `node bench/peers/observed-call.mjs [rounds]` from the root, with a build. One client each, the same `fetch` that
 * answers from memory, calls in turn, so that whatever the machine does is done to all. p50 in microseconds, and the
 * difference to the bare client's. Each sends by its defaults to a back end on loopback, in a process of its own.
 *
 * OpenInference changes the class: it has a copy of the client's package of its own.
 */
import { createRequire } from "node:module";
import { OpenAIInstrumentation } from "@arizeai/openinference-instrumentation-openai";
import { observeOpenAI } from "@langfuse/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { initLogger, wrapOpenAI as wrapForBraintrust } from "braintrust";
import { Client } from "langsmith";
import { wrapOpenAI as wrapForLangSmith } from "langsmith/wrappers";
import OpenAI from "openai";
import { SgpExporter, Tracer } from "../../packages/sdk/dist/index.js";
import { observe } from "../../packages/sdk/dist/openai.js";
import { BackEnd } from "../harness/back-end-process.mjs";

const ROUNDS = Number(process.argv[2] ?? 15);
const CALLS = 200;
const CHUNKS = 50;

const choice = { index: 0, message: { role: "assistant", content: "four" }, finish_reason: "stop" };
const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
const head = { created: 1, model: "gpt-x-1" };
const reply = JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", ...head, choices: [choice], usage });
const events = Array.from({ length: CHUNKS }, (_, n) => {
  const choices = [{ index: 0, delta: { content: `${n} ` }, finish_reason: null }];
  return `data: ${JSON.stringify({ id: "chatcmpl-2", object: "chat.completion.chunk", ...head, choices })}\n\n`;
}).join("");
let requests = 0;
const fetch = async (_url, { body }) => {
  requests += 1;
  const isStream = JSON.parse(body).stream === true;
  const type = isStream ? "text/event-stream" : "application/json";
  return new Response(isStream ? `${events}data: [DONE]\n\n` : reply, { headers: { "content-type": type } });
};
const messages = Array.from({ length: 20 }, (_, n) => ({
  role: n % 2 === 0 ? "user" : "assistant",
  content: `message ${n} `.repeat(20),
}));

const backEnd = await BackEnd.start({ latencyMs: 20 });
const { url } = backEnd;
const make = (Class = OpenAI) => new Class({ apiKey: "k", baseURL: "http://model.test/v1", fetch, maxRetries: 0 });

/** Langfuse's and OpenInference's spans come of two providers, so that neither exports the other's. */
function langfuse() {
  const keys = { publicKey: "pk-lf-bench", secretKey: "sk-lf-bench", baseUrl: url };
  new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor(keys)] }).register();
  return observeOpenAI(make());
}
function openInference() {
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }))];
  const instrumentation = new OpenAIInstrumentation({ tracerProvider: new NodeTracerProvider({ spanProcessors }) });
  const Copy = createRequire(import.meta.url)("openai").OpenAI;
  instrumentation.manuallyInstrument(Copy);
  return make(Copy);
}
function langSmith() {
  process.env.LANGSMITH_TRACING = "true";
  return wrapForLangSmith(make(), { client: new Client({ apiUrl: url, apiKey: "bench" }), project_name: "bench" });
}
function braintrust() {
  process.env.BRAINTRUST_API_URL = url;
  initLogger({ projectName: "bench", apiKey: "bench", appUrl: url });
  return wrapForBraintrust(make());
}
const exporter = new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl: url });
const clients = {
  bare: make(),
  Everspan: observe(make(), { tracer: new Tracer({ exporters: [exporter] }) }),
  Langfuse: langfuse(),
  LangSmith: langSmith(),
  Braintrust: braintrust(),
  OpenInference: openInference(),
};
const names = Object.keys(clients);
const calls = {
  "a call": (client) => client.chat.completions.create({ model: "gpt-x", messages }),
  [`a stream of ${CHUNKS} chunks`]: async (client) => {
    for await (const _ of await client.chat.completions.create({ model: "gpt-x", messages, stream: true }));
  },
};

const p50 = (list) => list.sort((a, b) => a - b)[list.length >> 1];
for (const [what, call] of Object.entries(calls)) {
  const took = new Map(names.map((name) => [name, []]));
  const sent = new Map(names.map((name) => [name, 0]));
  for (let n = 0; n < ROUNDS * CALLS; n += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + n) % names.length];
      const before = requests;
      const start = process.hrtime.bigint();
      await call(clients[name]);
      if (n >= CALLS) took.get(name).push(Number(process.hrtime.bigint() - start) / 1e3);
      sent.set(name, sent.get(name) + requests - before);
    }
    if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const bare = p50(took.get("bare"));
  console.log(`\n${what}: bare ${bare.toFixed(1)} us`);
  for (const name of names.slice(1)) {
    const extra = sent.get(name) - sent.get("bare");
    console.log(`  ${name.padEnd(14)} +${(p50(took.get(name)) - bare).toFixed(1)} us, ${extra} more requests`);
  }
}
await backEnd.stop();
process.exit(0);
