/** Lists and facets beside filters, against a plain look at all traces: whatever index they begin at, they say the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_COUNTED_TRACES, TRACE_SORT_KEYS, type TraceSort, type TraceSummary } from "@everspan/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import type { TraceQuery } from "../../trace-store.ts";
import { openReadOnly } from "../schema/open-database.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";
import { FacetTable } from "./facet-table.ts";
import { TraceList } from "./trace-list.ts";

const P = "project";
/** Of the common values more traces have each than a list begins at. */
const TRACES = 2600;

let directory: string;
let path: string;
let store: SqliteTraceStore;
let all: readonly TraceSummary[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "everspan-lists-"));
  path = join(directory, "everspan.db");
  store = new SqliteTraceStore({ path });
  await store.write(
    P,
    Array.from({ length: TRACES }, (_, at) => spanOf(at)),
  );
  ({ traces: all } = await store.listTraces(P, { limit: TRACES }));
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A trace of one span. Three start at the same time, and later ones do not start later. */
function spanOf(at: number) {
  const startMs = Date.UTC(2026, 0, 1) + Math.floor(((at * 7919) % TRACES) / 3) * 1000;
  return snapshot({
    id: `s${at}`,
    traceId: `t${at}`,
    name: `agent ${at % 4}`,
    type: "COMPLETION",
    startTime: new Date(startMs).toISOString(),
    endTime: new Date(startMs + (at % 90)).toISOString(),
    status: at % 500 === 3 ? "ERROR" : "OK",
    service: { name: at % 7 === 0 ? "rare" : "common" },
    data: {
      ...{ model: `model ${at % 5}`, environment: at % 13 === 0 ? "test" : "live", tags: [`tag ${at % 3}`] },
      user_id: at % 50 >= 10 ? "many" : at % 9 === 0 ? "odd" : "few",
      ...{ session_id: `session ${at % 50}`, usage: { input_tokens: at % 70, output_tokens: 0 }, cost_usd: at % 30 },
    },
  });
}

const SORTS = TRACE_SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);

const VALUES = {
  service: fc.constantFrom("common", "rare", "none"),
  type: fc.constant("COMPLETION"),
  model: fc.integer({ min: 0, max: 5 }).map((n) => `model ${n}`),
  environment: fc.constantFrom("test", "live"),
  tag: fc.integer({ min: 0, max: 2 }).map((n) => `tag ${n}`),
  session: fc.integer({ min: 0, max: 50 }).map((n) => `session ${n}`),
  status: fc.constantFrom("OK" as const, "ERROR" as const),
  text: fc.constantFrom("agent", "GENT 1", "2", "nowhere"),
  minDurationMs: fc.integer({ min: 0, max: 90 }),
  maxTokens: fc.integer({ min: 0, max: 70 }),
  minCostUsd: fc.integer({ min: 0, max: 30 }),
  fromMicros: fc.integer({ min: 0, max: 900 }).map((s) => (Date.UTC(2026, 0, 1) + s * 1000) * 1000),
  toMicros: fc.integer({ min: 0, max: 900 }).map((s) => (Date.UTC(2026, 0, 1) + s * 1000) * 1000),
};

/** Few of them: together they would leave nothing. */
const filters: fc.Arbitrary<Omit<TraceQuery, "limit">> = fc
  .subarray(Object.keys(VALUES) as (keyof typeof VALUES)[], { maxLength: 3 })
  .chain((fields) => fc.record(VALUES, { requiredKeys: fields }).map((values) => pick(values, fields)));

function pick<Values extends object>(values: Values, keys: readonly (keyof Values)[]): Partial<Values> {
  return Object.fromEntries(keys.map((key) => [key, values[key]])) as Partial<Values>;
}

/** In the order of start, the latest first. */
function fitting(query: Omit<TraceQuery, "limit">): TraceSummary[] {
  const micros = (trace: TraceSummary) => Date.parse(trace.startTime) * 1000;
  const tokens = (trace: TraceSummary) => trace.inputTokens + trace.outputTokens;
  return all.filter(
    (trace) =>
      (query.service === undefined || trace.service === query.service) &&
      (query.model === undefined || trace.models.includes(query.model)) &&
      (query.environment === undefined || trace.environment === query.environment) &&
      (query.tag === undefined || trace.tags.includes(query.tag)) &&
      (query.session === undefined || trace.session === query.session) &&
      (query.status === undefined || trace.status === query.status) &&
      (query.text === undefined || trace.name.includes(query.text.toLowerCase())) &&
      trace.durationMs! >= (query.minDurationMs ?? 0) &&
      tokens(trace) <= (query.maxTokens ?? Number.POSITIVE_INFINITY) &&
      trace.costUsd! >= (query.minCostUsd ?? 0) &&
      micros(trace) >= (query.fromMicros ?? 0) &&
      micros(trace) < (query.toMicros ?? Number.POSITIVE_INFINITY),
  );
}

const numberOf = (trace: TraceSummary) => Number(trace.traceId.slice(1));

const KEYS: Readonly<Record<string, (trace: TraceSummary) => number>> = {
  startTime: (trace) => Date.parse(trace.startTime),
  durationMs: (trace) => trace.durationMs!,
  tokens: (trace) => trace.inputTokens + trace.outputTokens,
  costUsd: (trace) => trace.costUsd!,
  errorCount: (trace) => trace.errorCount,
  // The same for all of them: they arrived together, with one span each.
  spanCount: () => 0,
  arrival: () => 0,
};

function sorted(traces: readonly TraceSummary[], sort: TraceSort): string[] {
  const key = KEYS[sort.replace("-", "")]!;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...traces]
    .sort((a, b) => sign * (key(a) - key(b) || numberOf(a) - numberOf(b)))
    .map(({ traceId }) => traceId);
}

/** What the list has of a few traces, and what of many: it begins elsewhere, and says the same. */
test.each([
  { few: 2000, sorted: 10_000 },
  { few: 300, sorted: 300 },
  { few: 0, sorted: 0 },
])("pages hold what fits, in order, whatever is asked, with $few as few and $sorted to sort", (bounds) => {
  const database = openReadOnly(path);
  const list = new TraceList(database, new FacetTable(database), bounds);
  fc.assert(
    fc.property(filters, fc.constantFrom(...SORTS), fc.integer({ min: 1, max: 40 }), (query, sort, limit) => {
      const expected = sorted(fitting(query), sort);
      const got: string[] = [];
      let cursor: TraceQuery["cursor"] | null;
      for (let page = 0; page < 3 && cursor !== null; page++) {
        const found = list.list(1, { ...query, sort, limit, ...(cursor !== undefined && { cursor }) });
        got.push(...found.traces.map(({ traceId }) => traceId));
        cursor = found.nextCursor;
      }
      expect(got).toEqual(expected.slice(0, 3 * limit));
      expect(cursor === null).toBe(expected.length <= 3 * limit);
    }),
    { numRuns: 200 },
  );
  database.close();
});

test("facets beside a filter count the newest traces that fit", async () => {
  const valuesOf = {
    service: (trace: TraceSummary) => [trace.service!],
    name: (trace: TraceSummary) => [trace.name],
    model: (trace: TraceSummary) => trace.models,
    tag: (trace: TraceSummary) => trace.tags,
    status: (trace: TraceSummary) => [trace.status],
  };
  const fields = Object.keys(valuesOf) as (keyof typeof valuesOf)[];
  await fc.assert(
    fc.asyncProperty(filters, fc.constantFrom("", "MOD", "o"), async (of, prefix) => {
      const newest = fitting(of).slice(0, MAX_COUNTED_TRACES);
      const expected = fields.map((field) => {
        const counts = new Map<string, number>();
        for (const value of newest.flatMap(valuesOf[field])) counts.set(value, (counts.get(value) ?? 0) + 1);
        const values = [...counts].filter(([value]) => value.toLowerCase().startsWith(prefix.toLowerCase()));
        return [field, values.map(([value, count]) => ({ value, count }))] as const;
      });
      const got = await store.facets(P, { fields, prefix, limit: 100, of });
      for (const [field, values] of expected) {
        expect(got[field]).toHaveLength(values.length);
        expect(got[field]).toEqual(expect.arrayContaining(values));
      }
    }),
    { numRuns: 100 },
  );
});

test("sessions of a user are those of all that are the user's, in pages, whether few or many", async () => {
  const { sessions } = await store.listSessions(P, { limit: 200 });
  expect(sessions).toHaveLength(50);
  const users = new Set(sessions.map(({ user }) => user!));
  expect([...users].sort()).toEqual(["few", "many", "odd"]);
  for (const user of [...users, "nobody"]) {
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await store.listSessions(P, { limit: 4, user, ...(cursor !== undefined && { cursor }) });
      found.push(...page.sessions.map(({ session }) => session));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(sessions.filter((session) => session.user === user).map(({ session }) => session));
  }
});

/** What SQLite gives for a list, read to its end. */
function rowsOf(query: TraceQuery): readonly { readonly fits: number }[] {
  const database = openReadOnly(path);
  const { sql, parameters } = new TraceList(database, new FacetTable(database)).statement(1, query)!;
  const rows = database.prepare(sql).all(...parameters);
  database.close();
  return rows as unknown as { fits: number }[];
}

test("what a filter leaves out is passed by within SQLite, but for one row now and then", () => {
  // In the order of start it begins at the value; in another at that order's index, where more have it than are sorted.
  for (const none of [
    { limit: 10, type: "COMPLETION", text: "zz" },
    { limit: 10, sort: "-durationMs", text: "zz" },
  ] as const) {
    const rows = rowsOf(none);
    expect(rows.every(({ fits }) => fits === 0)).toBe(true);
    expect(rows.length).toBeGreaterThan(TRACES / 512);
    expect(rows.length).toBeLessThan(TRACES / 128);
  }
});

test("the traces of a value are read in the order of start without another of them", () => {
  expect(rowsOf({ limit: 10, service: "common" })).toHaveLength(
    all.filter(({ service }) => service === "common").length,
  );
});

test("a range that few traces are in is where a list begins, and one that none is in ends it", () => {
  const few = all.filter(({ inputTokens }) => inputTokens >= 68).length;
  for (const sort of ["-startTime", "costUsd"] as const) {
    const query = { limit: TRACES, sort, minTokens: 68, type: "COMPLETION", maxDurationMs: 89 };
    expect(rowsOf(query)).toHaveLength(few);
    // They are sorted, and no more of them are given than the page and the next one need.
    expect(rowsOf({ ...query, limit: 10 })).toHaveLength(11);
  }
  const database = openReadOnly(path);
  const list = new TraceList(database, new FacetTable(database));
  expect(list.statement(1, { limit: 10, minTokens: 70 })).toBeUndefined();
  database.close();
});

test("a list that takes too long ends at one of those", async () => {
  const database = openReadOnly(path);
  const list = new TraceList(database, new FacetTable(database));
  let nowMs = 0;
  const clock = () => {
    nowMs += 2001;
    return nowMs;
  };
  expect(() => list.list(1, { limit: 10, type: "COMPLETION", text: "zz" }, clock)).toThrow("too long");
  database.close();
});
