/** What was added up behind the writes says what the rollups themselves say, whatever happened in between. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AGGREGATE_GROUPS, type AggregatesResponse, type SpanSnapshot } from "@everspan/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import type { AggregatesQuery } from "../../trace-store.ts";
import { openDatabase } from "../schema/open-database.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";
import { RollupSums } from "./rollup-sums.ts";

const P = "project";
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
const HOURS = 24 * 4;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-sums-"));
  path = join(directory, "everspan.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const spanAt = (number: number, hour: number, revision = 1) => {
  const startMs = START_MS + hour * HOUR_MS + number;
  return snapshot({
    id: `s${number}`,
    traceId: `t${number % 7}`,
    revision,
    name: `name ${(number + revision) % 3}`,
    type: number % 3 === 0 ? "CODE_EXECUTION" : "COMPLETION",
    status: number % 5 === 0 ? "ERROR" : "OK",
    startTime: new Date(startMs).toISOString(),
    endTime: new Date(startMs + 10 + number).toISOString(),
    service: { name: `service ${number % 2}` },
    ...(number % 3 !== 0 && {
      data: { model: `model ${number % 4}`, usage: { input_tokens: number, output_tokens: 1 }, cost_usd: number / 8 },
    }),
  });
};

interface Counted {
  readonly time: string;
  readonly group: string | null;
  spanCount: number;
  failedSpanCount: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number | null;
}

/** What is to be said of these spans, by the words of the contract alone; durations left out. */
function expectedOf(spans: Iterable<SpanSnapshot>, { fromMicros, toMicros, bucket, by }: AggregatesQuery): Counted[] {
  const widthMs = bucket === "day" ? 24 * HOUR_MS : HOUR_MS;
  const rows = new Map<string, Counted>();
  for (const span of spans) {
    const startMs = Date.parse(span.startTime);
    if (startMs * 1000 < fromMicros || startMs * 1000 >= toMicros) continue;
    const { model = null, usage, cost_usd: cost = 0 } = (span.data ?? {}) as Record<string, never>;
    const { input_tokens: input = 0, output_tokens: output = 0 } = (usage ?? {}) as Record<string, never>;
    const tool = span.type === "CODE_EXECUTION" ? span.name : null;
    const groups = { service: span.service?.name ?? null, model, tool, type: span.type, name: span.name };
    const group = by === undefined ? null : groups[by];
    const time = new Date(Math.floor(startMs / widthMs) * widthMs).toISOString().replace("Z", "000Z");
    const row = rows.get(`${time} ${group}`) ?? {
      ...{ time, group, spanCount: 0, failedSpanCount: 0, inputTokens: 0, outputTokens: 0, costUsd: null },
    };
    row.spanCount += 1;
    if (span.status === "ERROR") row.failedSpanCount += 1;
    row.inputTokens += input;
    row.outputTokens += output;
    row.costUsd = (row.costUsd ?? 0) + cost || null;
    rows.set(`${time} ${group}`, row);
  }
  return [...rows.values()].sort((a, b) => (`${a.time} ${a.group}` < `${b.time} ${b.group}` ? -1 : 1));
}

type Step =
  | { readonly do: "write"; readonly number: number; readonly hour: number }
  | { readonly do: "delete"; readonly trace: number }
  | { readonly do: "settle" | "reopen" };

const hour = fc.integer({ min: -30, max: HOURS });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("write" as const), number: fc.integer({ min: 0, max: 40 }), hour }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("delete" as const), trace: fc.integer({ min: 0, max: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("settle" as const, "reopen" as const) }) },
  ),
  { minLength: 3, maxLength: 30 },
);

const queries: fc.Arbitrary<AggregatesQuery> = fc
  .record({
    from: hour,
    hours: fc.integer({ min: 0, max: HOURS }),
    bucket: fc.constantFrom("hour" as const, "day" as const),
    by: fc.constantFrom(undefined, ...AGGREGATE_GROUPS),
  })
  .map(({ from, hours, bucket, by }) => ({
    fromMicros: (START_MS + from * HOUR_MS) * 1000,
    toMicros: (START_MS + (from + hours) * HOUR_MS) * 1000,
    bucket,
    ...(by !== undefined && { by }),
  }));

/** Rows of one time come in no order that is promised. */
function inOrder({ rows }: AggregatesResponse) {
  const times = rows.map(({ time }) => time);
  expect(times).toEqual([...times].sort());
  return [...rows].sort((a, b) => (`${a.time} ${a.group}` < `${b.time} ${b.group}` ? -1 : 1));
}

test("with and without sums, the same is said", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(queries, { minLength: 3, maxLength: 6 }), async (all, asked) => {
      const plain = new SqliteTraceStore({ path: ":memory:" });
      let summed = new SqliteTraceStore({ path });
      const spans = new Map<string, SpanSnapshot>();
      const deleted = new Set<string>();
      let revision = 0;
      for (const step of all) {
        if (step.do === "write") {
          revision += 1;
          const span = spanAt(step.number, step.hour, revision);
          for (const store of [plain, summed]) await store.write(P, [span]);
          // What comes late for a trace that was deleted is refused.
          if (!deleted.has(span.traceId)) spans.set(span.id, span);
        } else if (step.do === "delete") {
          const traceId = `t${step.trace}`;
          const isThere = [...spans.values()].some((span) => span.traceId === traceId);
          if (isThere) deleted.add(traceId);
          for (const [id, span] of spans) if (span.traceId === traceId) spans.delete(id);
          for (const store of [plain, summed]) await store.deleteTraces(P, { traceIds: [`t${step.trace}`] });
        } else if (step.do === "settle") {
          await summed.settle();
        } else {
          await summed.close();
          summed = new SqliteTraceStore({ path });
        }
      }
      for (const query of asked) {
        const rows = inOrder(await summed.aggregates(P, query));
        expect(rows).toEqual(inOrder(await plain.aggregates(P, query)));
        expect(rows.map(({ durationMs: _durations, ...row }) => row)).toEqual(expectedOf(spans.values(), query));
      }
      for (const store of [plain, summed]) await store.close();
      rmSync(path, { force: true });
    }),
    { numRuns: 40 },
  );
});

test("whole days are read from their sums, a day in part by its hours, and what changed from the rollups", async () => {
  const store = new SqliteTraceStore({ path });
  await store.write(
    P,
    Array.from({ length: HOURS }, (_, at) => spanAt(at, at)),
  );
  await store.settle();
  await store.write(P, [spanAt(HOURS, 30)]);
  await store.close();
  const database = openDatabase(path);
  const first = START_MS / HOUR_MS;
  const segments = [...new RollupSums(database).segments(1, 24, first, first + 24 * 3 + 5)];
  database.close();
  expect(segments.map(({ width, from, to }) => [width, from - first, to - first])).toEqual([
    [24, 0, 24],
    [1, 24, 30],
    [undefined, 30, 31],
    [1, 31, 48],
    [24, 48, 72],
    [1, 72, 77],
  ]);
});

test("a bucket is added up when nothing came for a while, and what was removed stands in no sum", async () => {
  const store = new SqliteTraceStore({ path });
  await store.write(P, [spanAt(1, 0)]);
  await store.close();
  const database = openDatabase(path);
  const sums = new RollupSums(database);
  const count = () => (database.prepare("SELECT count(*) AS n FROM rollup_sums").get() as { n: number }).n;
  const hourOf = START_MS / HOUR_MS;
  const sumUp = (nowMs: number) => {
    for (let bucket = sums.nextDue(nowMs); bucket !== undefined; bucket = sums.nextDue(nowMs)) {
      for (const _step of sums.sumUp(bucket)) {
        // Each is a place where it may be left.
      }
    }
  };
  sums.noteChange(1, hourOf);
  sumUp(0);
  expect([count(), sums.isPending]).toEqual([0, true]);
  sums.noteChange(1, hourOf);
  sumUp(60_000);
  expect(count()).toBe(0);
  sumUp(119_999);
  expect(count()).toBe(0);
  sumUp(120_000);
  expect([count(), sums.isPending]).toEqual([12, false]);
  sums.noteChange(1, hourOf);
  expect([count(), sums.isPending]).toEqual([0, true]);
  database.close();
});

test("a file of format 4 has each hour and each day that it counts added up", async () => {
  const store = new SqliteTraceStore({ path });
  await store.write(P, [spanAt(1, -30), spanAt(2, 0), spanAt(3, 1), spanAt(4, 50)]);
  const asked = { fromMicros: 0, toMicros: START_MS * 2000, bucket: "day", by: "model" } as const;
  const before = inOrder(await store.aggregates(P, asked));
  await store.close();
  const old = openDatabase(path);
  old.exec("DROP TABLE rollup_sums; DROP TABLE unsummed; PRAGMA user_version = 4");
  old.close();
  const again = new SqliteTraceStore({ path });
  expect(inOrder(await again.aggregates(P, asked))).toEqual(before);
  await again.settle();
  expect(inOrder(await again.aggregates(P, asked))).toEqual(before);
  await again.close();
  const database = openDatabase(path);
  const buckets = database.prepare("SELECT hours, count(DISTINCT start) AS n FROM rollup_sums GROUP BY hours").all();
  expect(buckets).toEqual([
    { hours: 1, n: 4 },
    { hours: 24, n: 3 },
  ]);
  expect(database.prepare("SELECT count(*) AS n FROM unsummed").get()).toEqual({ n: 0 });
  database.close();
});
