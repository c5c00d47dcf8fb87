/**
 * What lists, filters, facets, trace pages, look-ups and searches cost on a large store: fills a collector over HTTP, then
 * asks each question many times and prints the time of the answer and the CPU of the collector (all of its processes).
 *
 *   npm run build && node bench/collector/lists.mjs [--spans 2000000] [--traces 400000] [--large 100000] [--runs 40]
 *     [--data DIRECTORY] [--cli OTHER/packages/collector/dist/cli.js]
 *
 * With `--data` the store is kept, and asked again without being filled anew. The last lines name what is over its target:
 * 50 ms for each (the 95th of a hundred), 100 ms for the first page of the large trace.
 */
import { existsSync, mkdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startCollector } from "./collector-process.mjs";
import { idOf, START_MS, spanOf, traceIdOf } from "./many-traces.mjs";

const { values } = parseArgs({
  options: {
    cli: { type: "string", default: fileURLToPath(new URL("../../packages/collector/dist/cli.js", import.meta.url)) },
    spans: { type: "string", default: "2000000" },
    traces: { type: "string", default: "400000" },
    large: { type: "string", default: "100000" },
    runs: { type: "string", default: "40" },
    data: { type: "string" },
  },
});
const [spans, traces, large, runs] = [values.spans, values.traces, values.large, values.runs].map(Number);
const BATCH = 1000;
const IN_FLIGHT = 4;
const MOST_MS = 50;
const MOST_LARGE_MS = 100;
const SUMMED_MS = 130_000;

if (values.data !== undefined) mkdirSync(values.data, { recursive: true });
const isFilled = values.data !== undefined && existsSync(join(values.data, "everspan.db"));
const collector = await startCollector(values.cli, values.data === undefined ? {} : { data: values.data });
const agent = new Agent({ keepAlive: true });
const over = [];
try {
  if (!isFilled) await fill();
  await ask();
} finally {
  agent.destroy();
  await collector.stop({ keepsData: values.data !== undefined });
}
console.log(over.length === 0 ? "all within their targets" : `over their targets: ${over.join("; ")}`);
process.exitCode = over.length === 0 ? 0 : 1;

async function fill() {
  const before = collector.cpuMicros();
  const perTrace = Math.max(1, Math.round(spans / traces));
  await sendAll(spans, (number) => spanOf(number, perTrace));
  await sendAll(large, (number) => ({
    ...spanOf(number, Number.POSITIVE_INFINITY),
    traceId: "large",
    id: `large-${number}`,
    ...(number > 0 && { parentId: "large-0" }),
  }));
  const written = collector.cpuMicros() - before;
  for (let minute = 0; minute < 10; minute++) {
    const atStart = collector.cpuMicros();
    await collector.quiet();
    if (collector.cpuMicros() - atStart < 1_500_000) break;
  }
  const settled = collector.cpuMicros() - before;
  const total = spans + large;
  const { storedBytes } = await get("/api/stats");
  console.log(
    `${total} spans in ${traces} traces: ${(written / total).toFixed(1)} us CPU a span to write, ${(settled / total).toFixed(1)} with what is behind it, ${(storedBytes / total).toFixed(0)} B a span`,
  );
}

async function sendAll(count, spanAt) {
  let next = 0;
  const sender = async () => {
    while (next < count) {
      const first = next;
      next += BATCH;
      const batch = Array.from({ length: Math.min(BATCH, count - first) }, (_, at) => spanAt(first + at));
      const body = JSON.stringify({ format: "everspan/1", blobs: {}, spans: batch });
      while (!(await isTaken(body))) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
}

async function ask() {
  const day = (number) => new Date(START_MS + number * 86_400_000).toISOString();
  const filters = {
    "no filter": "",
    "a rare service": "service=rare",
    "a common service": "service=service-1",
    "a service that none has": "service=absent",
    "status ERROR": "status=ERROR",
    "RUNNING, which none is": "status=RUNNING",
    "the name of a step": "name=step+5",
    "a type": "type=COMPLETION",
    "a model": "model=model-3",
    "a tool": "tool=step+3",
    "a session": "session=session-70",
    "a user": "user=user-70",
    "a tag": "tag=tag-3",
    "an environment": "environment=staging",
    "an error's type": "errorType=TimeoutError",
    "two values": "service=service-1&model=model-3",
    "a rare word of names": "q=errand",
    "a common word of names": "q=agent+3",
    "a word of no name": "q=nowhere",
    "the beginning of an id": `q=${traceIdOf(traces >> 1).slice(0, 10)}`,
    "a least duration": "minDurationMs=900",
    "a least number of tokens": "minTokens=4000",
    "a least cost": "minCostUsd=0.02",
    "a duration that none has": "minDurationMs=100000",
    "a number of tokens that few have": "minTokens=4040",
    "one day": `from=${day(1)}&to=${day(2)}`,
    "one hour, by cost": `from=${day(1)}&to=${new Date(START_MS + 25 * 3_600_000).toISOString()}&sort=-costUsd`,
    "one day, by duration": `from=${day(1)}&to=${day(2)}&sort=-durationMs`,
    "two values, by cost": "service=service-1&model=model-3&sort=-costUsd",
    "an error's type, by duration": "errorType=TimeoutError&sort=-durationMs",
    "a value of which few cost little, by duration": "model=model-3&maxCostUsd=0.0001&sort=-durationMs",
    "a word beside a value": "q=agent+3&model=model-3",
  };
  for (const [name, query] of Object.entries(filters)) await time(`list, ${name}`, `/api/traces?limit=50&${query}`);
  for (const key of ["startTime", "durationMs", "spanCount", "errorCount", "costUsd", "tokens", "arrival"]) {
    for (const sort of [key, `-${key}`]) {
      if ((await get(`/api/traces?limit=1&sort=${sort}`)) === undefined) continue;
      await time(`list by ${sort}`, `/api/traces?limit=50&sort=${sort}`);
    }
  }
  let deep = "/api/traces?limit=50";
  for (let page = 0; page < 100; page++) {
    const { nextCursor } = await get(deep);
    if (nextCursor === null || nextCursor === undefined) break;
    deep = `/api/traces?limit=50&cursor=${nextCursor}`;
  }
  await time("list, 100 pages deep", deep);
  await time("facets", "/api/facets?field=service&field=name&field=type&field=model&field=user&limit=20");
  await time(
    "facets beside a filter",
    "/api/facets?field=service&field=name&field=type&field=model&field=user&limit=20&model=model-3",
  );
  await time("facets beside a time", `/api/facets?field=tool&limit=20&from=${day(1)}&to=${day(8)}`);
  await time("facets by their beginning", "/api/facets?field=session&field=user&limit=20&prefix=session-99");
  await time("sessions", "/api/sessions?limit=50");
  await time("sessions of a user", "/api/sessions?limit=50&user=user-70");
  await time("sessions of a user that none has", "/api/sessions?limit=50&user=absent");
  await time("producers", "/api/producers");
  await time("figures of the store", "/api/stats");
  const middle = traces >> 1;
  await time("a trace", `/api/traces/${traceIdOf(middle)}`);
  await time("the large trace, first page", "/api/traces/large", MOST_LARGE_MS);
  await time("messages of a trace", `/api/traces/${traceIdOf(middle)}/messages`);
  const perTrace = Math.max(1, Math.round(spans / traces));
  await time("a span of a trace", `/api/traces/${traceIdOf(middle)}/spans/${idOf(middle * perTrace)}`);
  await time("a span of the large trace", `/api/traces/large/spans/large-${large >> 1}`);
  await time("spans of a trace, as Agentex lists them", `/spans?trace_id=${traceIdOf(middle)}&limit=50`);
  await time("spans of the large trace, as Agentex lists them", "/spans?trace_id=large&limit=50");
  await time("spans of a task that none has", "/spans?task_id=absent&limit=50");
  for (const [name, body] of Object.entries({
    "by a trace": { trace_ids: [traceIdOf(middle)] },
    "by a hundred traces": { trace_ids: Array.from({ length: 100 }, (_, at) => traceIdOf(middle + at)) },
    "by a span": { span_ids: [idOf(middle * perTrace)] },
    "by ten spans": { span_ids: Array.from({ length: 10 }, (_, at) => idOf(at * perTrace)) },
    "by a hundred spans": { span_ids: Array.from({ length: 100 }, (_, at) => idOf(at * perTrace)) },
  })) {
    await time(`SGP's search ${name}`, "/v5/spans/search?limit=100", MOST_MS, JSON.stringify(body));
  }
  await time("a span by its id, new", `/v5/spans/${idOf(spans - 10)}`);
  await time("a span by its id, old", `/v5/spans/${idOf(10)}`);
  await time("a span by an id that none has", "/v5/spans/ffffffffffffffff");
  for (const text of ["quokka", "weather", "city 4999", '"city 4999"', "absentword", "weath*"]) {
    await time(`search ${text}`, `/api/search?q=${encodeURIComponent(text)}&limit=20`);
  }
  const hits = await get(`/api/search?q=weather&limit=20`);
  await time("search weather, the next page", `/api/search?q=weather&limit=20&cursor=${hits.nextCursor}`);
  await time("search city in the large trace", "/api/search?q=city+77&limit=20&traceId=large");
  // What is counted is added up behind the writes, a minute after the last of them.
  if (!isFilled) await new Promise((resolve) => setTimeout(resolve, SUMMED_MS));
  await collector.quiet();
  for (const by of ["", "&by=service", "&by=model", "&by=tool", "&by=type", "&by=name"]) {
    const group = by === "" ? "" : ` by ${by.slice("&by=".length)}`;
    await time(`aggregates, a month by day${group}`, `/api/aggregates?from=${day(0)}&to=${day(30)}&bucket=day${by}`);
    await time(`aggregates, a week by hour${group}`, `/api/aggregates?from=${day(0)}&to=${day(7)}&bucket=hour${by}`);
  }
}

async function time(name, path, mostMs = MOST_MS, body = undefined) {
  const walls = [];
  const before = collector.cpuMicros();
  let bytes = 0;
  for (let run = 0; run < runs; run++) {
    const startedMs = performance.now();
    const answer = await send(body === undefined ? "GET" : "POST", path, body);
    walls.push(performance.now() - startedMs);
    if (answer.status >= 500 || answer.status === 400 || answer.status === 422) {
      throw new Error(`${path} was answered with ${answer.status}: ${answer.text.slice(0, 200)}`);
    }
    bytes = answer.text.length;
  }
  const cpuMs = (collector.cpuMicros() - before) / 1000 / runs;
  walls.sort((a, b) => a - b);
  const at = (share) => walls[Math.min(runs - 1, Math.floor(runs * share))];
  const line = `p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms, CPU ${cpuMs.toFixed(1)} ms each, ${bytes} bytes`;
  console.log(`${name}: ${line}`);
  if (at(0.95) > mostMs) over.push(`${name} (p95 ${at(0.95).toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms)`);
}

/** @returns undefined when the collector does not take the question */
async function get(path) {
  const { status, text } = await send("GET", path);
  return status === 200 ? JSON.parse(text) : undefined;
}

/** A batch may be sent again: by the merge rule nothing is stored twice. */
async function isTaken(body) {
  const { status, text } = await send("POST", "/v1/everspan/batch", body).catch((error) => {
    // A connection that was idle for too long, on a machine that has much else to do.
    if (error.code === "ECONNRESET") return { status: 503, text: "" };
    throw error;
  });
  if (status !== 200 && status !== 503) throw new Error(`the collector answered ${status}: ${text.slice(0, 200)}`);
  return status === 200;
}

function send(method, path, body) {
  const headers =
    body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(collector.url + path, { method, agent, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, text }));
    });
    sent.on("error", reject).end(body);
  });
}
