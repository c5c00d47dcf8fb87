/** Requests that are well-formed JSON and wrong in meaning: native batches, heartbeats and filters drawn from a seed. */
import { hash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectorFixture } from "../testing/collector-fixture.ts";

const ROUNDS = 10_000;
const AT_ONE_TIME = 16;

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
});
afterAll(() => fixture.stop());

/** Numbers that are the same in each run. */
function seeded(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)]!;
  };
}

/** As they are written in JSON, since some are none once they are parsed. */
const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "2147483648",
  "9007199254740991",
  "9007199254740993",
  "-9007199254740993",
  "1e308",
  "1e400",
  "-1e400",
  "5e-324",
  "0.1",
  "18446744073709551616",
];
const TEXTS = [
  '""',
  '"x"',
  '"\\u0000"',
  '"\\ud83e"',
  '"__proto__"',
  '"constructor"',
  `"${"é".repeat(300)}"`,
  '"\u202e"',
];
const TIMES = [
  '"2026-01-01T00:00:00.000000Z"',
  '"2026-02-30T00:00:00Z"',
  '"9999-12-31T23:59:59.999999Z"',
  '"0001-01-01T00:00:00Z"',
  '"yesterday"',
  "0",
  "null",
];

/** One in twenty is odd. */
const ODDS: readonly boolean[] = [true, ...Array<boolean>(19).fill(false)];

function drawBatch(pick: <T>(choices: readonly T[]) => T): string {
  const leaf = JSON.stringify("a large text ".repeat(40));
  const leafName = hash("sha256", leaf).slice(0, 32);
  const list = `[{"$blob":"${leafName}"},${pick(NUMBERS)},{"$blob":"${leafName}"}]`;
  const listName = hash("sha256", list).slice(0, 32);
  const value = () => pick([...NUMBERS, ...TEXTS, "null", "true", "[]", "{}", `{"$blob":"${leafName}"}`, list]);
  /** Most of a batch is right, so that what is wrong is looked at on its own. */
  const mostly = (right: string, odd: () => string = value) => (pick(ODDS) ? odd() : right);
  const blobs = mostly(`{"${leafName}":${leaf},"${listName}":${list}}`, () =>
    pick([
      `{"${leafName}":${leaf}}`,
      `{"${leafName}":${list}}`,
      `{"${listName}":{"$blob":"${listName}"}}`,
      `{"__proto__":${leaf}}`,
      "{}",
      value(),
    ]),
  );
  const count = () => mostly(pick(["0", "1", "7"]), () => pick(NUMBERS));
  const span = () => {
    const usage = `{"usage":{"input_tokens":${value()},"output_tokens":${pick(NUMBERS)}},"cost_usd":${pick(NUMBERS)}}`;
    const fields = [
      `"phase":${mostly('"ended"')}`,
      `"revision":${count()}`,
      `"traceId":${mostly(pick(['"t1"', '"t2"']))}`,
      `"id":${mostly(pick(['"s1"', '"s2"', '"s3"']))}`,
      `"name":${mostly('"n"', () => pick(TEXTS))}`,
      `"type":${mostly('"COMPLETION"')}`,
      `"status":${mostly('"OK"')}`,
      `"startTime":${mostly(TIMES[0]!, () => pick(TIMES))}`,
      `"endTime":${mostly(TIMES[0]!, () => pick(TIMES))}`,
      `"input":${pick([`{"$blob":"${listName}"}`, value()])}`,
      `"data":${mostly(usage)}`,
    ];
    return `{${fields.filter(() => !pick([...ODDS, ...ODDS, false])).join(",")}}`;
  };
  const ledger = `{"created":${count()},"dropped":{"queue_full":${count()}}}`;
  const producer = `{"id":"${"ab".repeat(16)}","batch":${count()},"firstSeq":${count()},"lastSeq":${count()},"openSpans":${count()},"heartbeatMs":${count()},"ledger":${mostly(ledger)}}`;
  const spans = mostly(pick([`[${span()}]`, `[${span()},${span()},${span()}]`]), () => pick(["[]", value()]));
  const format = mostly(pick(['"everspan/1"', '"everspan/2"']));
  return `{"format":${format},"blobs":${blobs},"spans":${spans}${mostly(`,"producer":${mostly(producer)}`, () => "")}}`;
}

const FILTERS = [
  "limit",
  "cursor",
  "q",
  "status",
  "type",
  "service",
  "from",
  "to",
  "minDurationMs",
  "maxDurationMs",
  "sort",
  "payloads",
  "since",
  "trace_id",
  "task_id",
  "page_number",
  "order_by",
  "state",
  "field",
  "by",
  "bucket",
  "session",
  "user",
  "prefix",
];
const VALUES = [
  "",
  "0",
  "-1",
  "1",
  "500",
  "501",
  "1e3",
  "9007199254740993",
  "NaN",
  "Infinity",
  "OK",
  "ERROR",
  "RUNNING",
  "COMPLETION",
  "startTime",
  "-startTime",
  "-costUsd",
  "full",
  "asc",
  "name",
  "2026-01-01T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "t1",
  "%",
  "_",
  "\\",
  "'",
  '"',
  "\0",
  "\ud83e",
  "é",
  "(".repeat(500),
  "* OR *",
  '"',
  "NEAR(a b)",
  "WzAsInQxIl0",
  "W251bGwsMV0",
];
const READS = [
  "/api/traces",
  "/api/traces/t1",
  "/api/traces/t1/spans/s1",
  "/api/stats",
  "/api/producers",
  "/api/facets",
  "/api/aggregates",
  "/api/search",
  "/api/sessions",
  "/spans",
  "/spans/s1",
  "/v5/spans/s1",
];

/** @returns the statuses that came, with the first body of each that is a failure of the collector's */
async function run(send: () => Promise<Response>): Promise<Map<number, string>> {
  const statuses = new Map<number, string>();
  let left = ROUNDS;
  const work = async () => {
    while (left-- > 0) {
      const response = await send();
      const text = await response.text();
      if (!statuses.has(response.status)) statuses.set(response.status, response.status >= 500 ? text : "");
    }
  };
  await Promise.all(Array.from({ length: AT_ONE_TIME }, work));
  return statuses;
}

/** 501: a store that can't do this yet says so. */
const failures = (statuses: Map<number, string>) =>
  [...statuses].filter(([status]) => status >= 500 && status !== 501 && status !== 503);

describe("S6 S7 X14 what is drawn at the edges", { timeout: 600_000 }, () => {
  test("ten thousand native batches and heartbeats cause no failure, and the store stays whole", async () => {
    const pick = seeded(7);
    const statuses = await run(() => {
      const path = pick(["/v1/everspan/batch", "/v1/everspan/batch", "/v1/everspan/heartbeat"]);
      return fixture.send("POST", path, drawBatch(pick));
    });
    expect(failures(statuses)).toEqual([]);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 409, 422]));
    for (const path of ["/api/traces?limit=500", "/api/traces/t1?payloads=full", "/api/producers", "/metrics"]) {
      expect((await fixture.get(path)).status, path).toBe(200);
    }
  });

  test("ten thousand filters cause no failure", async () => {
    const pick = seeded(11);
    const statuses = await run(() => {
      const query = new URLSearchParams();
      for (let i = pick([0, 1, 2, 3]); i > 0; i--) query.append(pick(FILTERS), pick(VALUES));
      return fixture.get(`${pick(READS)}?${query}`);
    });
    expect(failures(statuses)).toEqual([]);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 422]));
  });
});
