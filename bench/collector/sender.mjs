/**
 * Sends batches to a collector from a process of its own, so that what it costs is not counted for the collector.
 * `node sender.mjs URL DIALECT FIRST COUNT IN_FLIGHT`; prints one line of JSON. Built before the first is sent; with a
 * channel to its parent it says then that it is ready, and waits for a word.
 */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { requestOf, SPANS_PER_BATCH } from "./batches.mjs";

const [url, dialect, first, count, inFlight] = process.argv
  .slice(2)
  .map((value, at) => (at < 2 ? value : Number(value)));
const requests = Array.from({ length: count }, (_, index) => requestOf(dialect, first + index));
const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
const latencies = [];
let refused = 0;
let next = 0;

if (process.send !== undefined) {
  process.send("ready");
  await once(process, "message");
  process.disconnect();
}
const startedAt = Date.now();
const startedMs = performance.now();
await Promise.all(Array.from({ length: inFlight }, send));
const seconds = (performance.now() - startedMs) / 1000;
agent.destroy();
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
const spans = count * SPANS_PER_BATCH;
console.log(JSON.stringify({ spans, startedAt, seconds, refused, p50Ms: at(0.5), p99Ms: at(0.99) }));

async function send() {
  for (let one = requests[next++]; one !== undefined; one = requests[next++]) {
    const sentMs = performance.now();
    while ((await put(one)) === 503) {
      refused += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    latencies.push(performance.now() - sentMs);
  }
}

function put({ method, path, body }) {
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    prefer: "return=minimal",
  };
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, agent, headers }, (answer) => {
      answer.resume().on("end", () => {
        if (answer.statusCode === 200 || answer.statusCode === 503) resolve(answer.statusCode);
        else reject(new Error(`the collector answered ${answer.statusCode}`));
      });
    });
    sent.on("error", reject).end(body);
  });
}
