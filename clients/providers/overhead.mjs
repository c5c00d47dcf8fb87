/**
 * What observation adds to a call: `node overhead.mjs`. One client bare, one observed, the same loopback-free transport (a
 * `fetch` that answers from memory), calls alternating, p50 and p99 of each and the difference of the p50s, in
 * microseconds. Spans go to a memory that is emptied between rounds.
 */
import { MemoryExporter, Tracer } from "everspan";
import { observe } from "everspan/openai";
import OpenAI from "openai-6";

const ROUNDS = 20;
const CALLS = 250;
const body = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-x-1",
  choices: [{ index: 0, message: { role: "assistant", content: "four" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
});
const chunks = Array.from({ length: 50 }, (_, n) => {
  const choices = [{ index: 0, delta: { content: `${n} ` }, finish_reason: null }];
  return `data: ${JSON.stringify({ id: "chatcmpl-2", object: "chat.completion.chunk", created: 1, model: "gpt-x-1", choices })}\n\n`;
}).join("");
const fetch = async (_url, { body: sent }) => {
  const isStream = JSON.parse(sent).stream === true;
  const type = isStream ? "text/event-stream" : "application/json";
  return new Response(isStream ? `${chunks}data: [DONE]\n\n` : body, { headers: { "content-type": type } });
};
const messages = Array.from({ length: 20 }, (_, n) => ({
  role: n % 2 === 0 ? "user" : "assistant",
  content: `message ${n} `.repeat(20),
}));

const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
const make = () => new OpenAI({ apiKey: "k", baseURL: "http://model.test/v1", fetch, maxRetries: 0 });
const clients = { bare: make(), observed: observe(make(), { tracer }) };
const calls = {
  "a call": (client) => client.chat.completions.create({ model: "gpt-x", messages }),
  "a stream of 50 chunks": async (client) => {
    for await (const _ of await client.chat.completions.create({ model: "gpt-x", messages, stream: true }));
  },
};

for (const [what, call] of Object.entries(calls)) {
  const took = { bare: [], observed: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let n = 0; n < CALLS; n += 1) {
      for (const name of n % 2 === 0 ? ["bare", "observed"] : ["observed", "bare"]) {
        const start = process.hrtime.bigint();
        await call(clients[name]);
        if (round > 0) took[name].push(Number(process.hrtime.bigint() - start) / 1e3);
      }
    }
    await tracer.flush();
    memory.reset();
  }
  const at = (list, share) => list.sort((a, b) => a - b)[Math.floor(list.length * share)].toFixed(1);
  const [bare, observed] = [took.bare, took.observed].map((list) => ({ p50: at(list, 0.5), p99: at(list, 0.99) }));
  const added = (observed.p50 - bare.p50).toFixed(1);
  console.log(
    `${what}: bare p50 ${bare.p50} p99 ${bare.p99}, observed p50 ${observed.p50} p99 ${observed.p99}: ${added} us more`,
  );
}
process.exit(0);
