/**
 * Ten thousand questions that cost as much as a question can, beside an honest sender: against the built collector with
 * its workers. None takes longer than its deadline, no reader has to be ended for one, and every batch is taken.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { CollectorProcess, temporaryFolder } from "./collector-process.ts";

const QUESTIONS = 10_000;
const AT_ONE_TIME = 8;
const TRACES = 1500;
const SPANS_PER_TRACE = 8;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
beforeEach(async () => {
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({
    dataDirectory: folder.path,
    arguments: ["--no-sample", "--readers", "2"],
  });
});
afterEach(async () => {
  await collector.kill();
  await folder.remove();
});

/** Numbers that are the same in each run. */
function seeded(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)]!;
  };
}

function batch(first: number, traces: number): string {
  const items = Array.from({ length: traces * SPANS_PER_TRACE }, (_, index) => {
    const trace = first + Math.floor(index / SPANS_PER_TRACE);
    const minute = String(trace % 60).padStart(2, "0");
    return {
      id: `span-${trace}-${index % SPANS_PER_TRACE}`,
      trace_id: `trace-${trace}`,
      parent_id: index % SPANS_PER_TRACE === 0 ? null : `span-${trace}-0`,
      name: `step ${trace % 97} ${"word ".repeat(trace % 5)}`,
      type: index % 3 === 0 ? "COMPLETION" : "CODE_EXECUTION",
      start_timestamp: `2026-01-31T12:${minute}:00.000000Z`,
      end_timestamp: `2026-01-31T12:${minute}:0${index % 9}.250000Z`,
      input: { text: `question ${trace} about ${"things ".repeat(60)}` },
      output: { text: `answer ${index} ${trace}` },
      status: trace % 11 === 0 ? "ERROR" : "SUCCESS",
    };
  });
  return JSON.stringify({ items });
}

async function put(first: number, traces: number): Promise<number> {
  const init = { method: "PUT", headers: { "content-type": "application/json" }, body: batch(first, traces) };
  const response = await fetch(`${collector.url}/v5/spans/batch`, init);
  await response.arrayBuffer();
  return response.status;
}

/** Rare words, common words, wide ranges, sorts that no filter fits, cursors of nowhere. */
function drawQuestion(pick: <T>(choices: readonly T[]) => T): string {
  const text = () =>
    encodeURIComponent(
      pick([
        "word",
        "w*",
        "step 9",
        "absent",
        '"question 7 about"',
        "things",
        "a* b* c*",
        "é",
        "%",
        "trace-1",
        "a".repeat(500),
      ]),
    );
  const key = pick(["startTime", "durationMs", "spanCount", "errorCount", "costUsd", "tokens", "arrival"]);
  const list = () =>
    pick([
      `q=${text()}`,
      "status=ERROR",
      "status=RUNNING",
      "status=PARTIAL",
      "type=COMPLETION",
      `name=${text()}`,
      "service=none",
      "minDurationMs=3900&maxDurationMs=4000",
      "minTokens=1",
      "minCostUsd=0.01",
      "from=2026-01-31T12:30:00Z&to=2026-01-31T12:31:00Z",
      `cursor=${Buffer.from(JSON.stringify([pick([0, -1, 1e300, 1.77e15]), pick(["", "trace-9", "x"])])).toString("base64url")}`,
    ]);
  const trace = `trace-${pick([0, 1, 7, 500, 1499, 1e9])}`;
  return pick([
    () => `/api/traces?limit=500&sort=${pick(["", "-"])}${key}&${list()}`,
    () => `/api/traces?limit=500&sort=-${key}&${list()}`,
    () => `/api/search?limit=200&q=${text()}`,
    () => `/api/search?limit=200&q=${text()}&traceId=${trace}`,
    () => `/api/traces/${trace}?payloads=full`,
    () => `/api/traces/${trace}?since=${pick([0, 1, 1e12])}`,
    () => `/api/facets?field=name&field=type&field=status&limit=100&prefix=${text()}`,
    () =>
      `/api/aggregates?from=1970-01-02T00:00:00Z&to=2200-01-01T00:00:00Z&bucket=${pick(["hour", "day"])}&by=${pick(["service", "model", "name", "tool"])}`,
    () => `/api/sessions?limit=200&user=${text()}`,
    () =>
      `/spans?trace_id=${trace}&order_by=${pick(["start_time", "end_time", "name", "id"])}&limit=1000&page_number=${pick([1, 2, 1e9])}`,
    () => "/api/stats",
    () => "/api/producers?limit=1000",
  ])();
}

test("S15 ten thousand costly questions are answered in their time, and ingest goes on", async () => {
  for (let first = 0; first < TRACES; first += 100) expect(await put(first, 100)).toBe(200);
  const pick = seeded(20_260_131);
  const statuses = new Map<number, number>();
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked < QUESTIONS) {
      asked += 1;
      const question = drawQuestion(pick);
      const response = await fetch(`${collector.url}${question}`);
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      expect([200, 400, 404, 422], `${question}: ${response.status} ${text.slice(0, 200)}`).toContain(response.status);
    }
  };
  const taken: number[] = [];
  const write = async (): Promise<void> => {
    for (let first = TRACES; asked < QUESTIONS; first += 5) taken.push(await put(first, 5));
  };
  await Promise.all([...Array.from({ length: AT_ONE_TIME }, ask), write()]);
  expect(statuses.get(200)).toBeGreaterThan(QUESTIONS / 2);
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter((status) => status !== 200)).toEqual([]);
  const metrics = await (await fetch(`${collector.url}/metrics`)).text();
  const restarts = [...metrics.matchAll(/^everspan_worker_restarts_total\{worker="([^"]+)"\} (\d+)$/gm)];
  expect(restarts.map(([, name, count]) => `${name} ${count}`)).toEqual(["writer 0", "reader-1 0", "reader-2 0"]);
  const last = await fetch(`${collector.url}/api/stats`);
  expect(await last.json()).toMatchObject({ spans: (TRACES + 5 * taken.length) * SPANS_PER_TRACE });
}, 300_000);
