import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TRACE_SORT_KEYS } from "@everspan/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_STORED_PAYLOAD_BYTES, MAX_STORED_PAYLOAD_VALUES } from "../../limits.ts";
import { producersContract } from "../producers.contract.ts";
import { storeFeaturesContract } from "../store-features.contract.ts";
import { snapshot, traceOf, traceStoreContract } from "../trace-store.contract.ts";
import { StoreBusyError, StoreUnavailableError, type TraceQuery } from "../trace-store.ts";
import { VALUE_FIELDS } from "../trace-tally.ts";
import { FacetTable } from "./lists/facet-table.ts";
import { TraceList } from "./lists/trace-list.ts";
import { openDatabase, openReadOnly } from "./schema/open-database.ts";
import { NEWEST_FORMAT } from "./schema/schema.ts";
import { DatabaseSync } from "./schema/sqlite.ts";
import { SqliteTraceStore } from "./sqlite-trace-store.ts";

traceStoreContract("SqliteTraceStore in memory", async () => new SqliteTraceStore({ path: ":memory:" }));
producersContract("SqliteTraceStore in memory", async () => new SqliteTraceStore({ path: ":memory:" }));

storeFeaturesContract("SqliteTraceStore in memory", async () => {
  let nowMs = 0;
  const store = new SqliteTraceStore({ path: ":memory:", nowMs: () => nowMs });
  const setTime = (next: number) => {
    nowMs = next;
  };
  return { store, setTime, settle: () => store.settle() };
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-store-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const P = "project";

describe("a store on disk", () => {
  test("has everything again after it was closed and opened", async () => {
    const path = join(directory, "everspan.db");
    const first = new SqliteTraceStore({ path });
    await first.write(P, [snapshot({ id: "s", input: "x".repeat(5000) })]);
    await first.close();
    const second = new SqliteTraceStore({ path });
    expect((await second.getSpan(P, "t", "s"))?.input).toBe("x".repeat(5000));
    await second.close();
  });

  test("has texts with U+0000 in them again, and finds them, also after it was opened anew", async () => {
    const path = join(directory, "everspan.db");
    const span = snapshot({
      ...{ id: "s", name: "odd \0 name", taskId: "task \0 one", service: { name: "agent \0" } },
      ...{ type: "COMPLETION", input: "in \0", output: { model: "gpt \0 5", "key \0": 1 }, data: { user: "u \0 1" } },
    });
    const first = new SqliteTraceStore({ path });
    await first.write(P, [span, snapshot({ id: "s2", name: `long \0 ${"x".repeat(600)}` })]);
    await first.close();
    const second = new SqliteTraceStore({ path });
    const { name, taskId, service, input, output, data } = (await second.getSpan(P, "t", "s"))!;
    expect({ name, taskId, service, input, output, data }).toEqual({
      ...{ name: span.name, taskId: span.taskId, service: span.service },
      ...{ input: span.input, output: span.output, data: span.data },
    });
    expect((await second.getSpan(P, "t", "s2"))?.name).toBe(`long \0 ${"x".repeat(600)}`);
    expect(
      (
        await second.listSpans(P, {
          taskId: "task \0 one",
          limit: 9,
          offset: 0,
          orderBy: "start_time",
          descending: false,
        })
      ).map(({ id }) => id),
    ).toEqual(["s"]);
    const facets = await second.facets(P, { fields: ["service"], limit: 5 });
    expect(facets).toMatchObject({ service: [{ value: "agent \ufffd", count: 1 }] });
    await second.settle();
    const found = await second.searchText(P, { text: "gpt 5", limit: 5 });
    expect(found.hits.map(({ spanId }) => spanId)).toEqual(["s"]);
    await second.close();
  });

  test("is readable by its owner only, log included", async () => {
    const store = new SqliteTraceStore({ path: join(directory, "everspan.db") });
    await store.write(P, [snapshot({ id: "s" })]);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
    await store.close();
  });

  test("costs about its distinct bytes for a run that sends its whole history at each step", async () => {
    const path = join(directory, "everspan.db");
    const store = new SqliteTraceStore({ path });
    const messages: { role: string; content: string }[] = [];
    let sentBytes = 0;
    for (let step = 0; step < 150; step++) {
      messages.push({ role: step % 2 === 0 ? "user" : "assistant", content: distinctText(step, 3000) });
      const span = snapshot({ id: `step-${step}`, input: { messages: [...messages] } });
      sentBytes += JSON.stringify(span.input).length;
      await store.write(P, [span]);
    }
    await store.settle();
    await store.close();
    const distinctBytes = JSON.stringify(messages).length;
    const database = openDatabase(path);
    const pages = "SELECT sum(pgsize) AS bytes FROM dbstat WHERE name IN ('spans', 'frames')";
    const { bytes: storedBytes } = database.prepare(pages).get() as { bytes: number };
    database.close();
    expect(sentBytes).toBeGreaterThan(70 * distinctBytes);
    expect(storedBytes).toBeLessThan(distinctBytes);
  });
});

describe("the list of traces", () => {
  const planOf = (query: TraceQuery) => {
    const database = openDatabase(join(directory, "everspan.db"));
    database.exec("INSERT OR IGNORE INTO projects VALUES (1, 'project')");
    const facets = new FacetTable(database);
    const common = database.prepare(
      "INSERT OR IGNORE INTO facets (project, field, text, traces, last_us) VALUES (1, ?, ?, 99999, 0)",
    );
    common.run(VALUE_FIELDS.indexOf("type"), "COMPLETION");
    database.exec(`INSERT OR IGNORE INTO facets (project, field, text, traces, last_us) VALUES (1, 0, 'rare', 3, 0)`);
    database.exec(`INSERT OR IGNORE INTO traces (project, trace_id, revision, arrived_ms, start_us, duration_us,
      span_count, error_count, tokens, cost_usd, name, running, summary)
      VALUES (1, x'01', 1, 1, 1, 1, 1, 0, 5, 1, 'xy', 0, '{}')`);
    const statement = new TraceList(database, facets).statement(1, query)!;
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${statement.sql}`).all(...statement.parameters);
    database.close();
    return (plan as { detail: string }[]).map((step) => step.detail).join("\n");
  };
  const SORTS = TRACE_SORT_KEYS.flatMap((key) => [key, `-${key}`] as const);

  test.each(SORTS)("never touches spans or frames, sorted by %s with every filter", (sort) => {
    const cursor = { key: 1, traceId: "t" };
    const plan = planOf({ limit: 10, sort, text: "xy", type: "COMPLETION", cursor, minTokens: 1, maxCostUsd: 2 });
    expect(plan).toContain("traces");
    expect(plan).not.toMatch(/(?:SEARCH|SCAN) (?:spans|frames)/);
  });

  test.each(SORTS)("is read in order from an index, without sorting, by %s, also with a common filter", (sort) => {
    for (const query of [
      { limit: 10, sort },
      { limit: 10, sort, type: "COMPLETION" },
    ]) {
      // The order of start is also that of a value's traces.
      const isMarked = "type" in query && sort.endsWith("startTime");
      expect(planOf(query)).toMatch(
        isMarked
          ? /^SEARCH marks USING PRIMARY KEY \(value=\?\)/
          : /^SEARCH traces USING INDEX traces_by_\w+ \(project=\?\)/,
      );
      expect(planOf(query)).not.toContain("TEMP B-TREE");
    }
  });

  test.each([
    ["minTokens", "tokens"],
    ["maxDurationMs", "duration"],
    ["minCostUsd", "cost"],
    ["fromMicros", "start"],
  ])("begins at a range that few traces are in, %s", (bound, index) => {
    const sort = bound === "fromMicros" ? "-costUsd" : "-startTime";
    for (const filter of [{}, { type: "COMPLETION" }, { text: "xyz" }]) {
      expect(planOf({ limit: 10, sort, [bound]: 1, ...filter })).toMatch(
        new RegExp(`^SEARCH traces USING INDEX traces_by_${index} \\(project=\\? AND`),
      );
    }
  });

  test("begins at a value that few traces have", () => {
    expect(planOf({ limit: 10, service: "rare", sort: "-costUsd" })).toMatch(
      /^SEARCH marks USING PRIMARY KEY \(value=\?\)/,
    );
  });
});

describe("the write queue", () => {
  test("refuses what it can't hold, keeps what it accepted, and takes more afterwards", async () => {
    const store = new SqliteTraceStore({ path: ":memory:", maxQueuedRecords: 10 });
    const accepted = store.write(
      P,
      Array.from({ length: 8 }, (_, i) => snapshot({ id: `a${i}` })),
    );
    const refused = store.write(
      P,
      Array.from({ length: 3 }, (_, i) => snapshot({ id: `b${i}` })),
    );
    await expect(refused).rejects.toBeInstanceOf(StoreBusyError);
    expect(await accepted).toHaveLength(8);
    expect(await store.write(P, [snapshot({ id: "c" })])).toEqual(["stored-new"]);
    expect((await store.stats(P)).spans).toBe(9);
    await store.close();
  });

  test("a write that SQLite refuses for what it holds fails alone; its neighbours of the same commit land", async () => {
    const store = new SqliteTraceStore({ path: ":memory:" });
    const before = store.write(P, [snapshot({ id: "a" })]);
    // A text that is none: the binding or SQLite refuses it, whatever the disk.
    const bad = store.write(P, [snapshot({ id: "bad", taskId: { not: "a text" } as unknown as string })]);
    const after = store.write(P, [snapshot({ id: "b" })]);
    await expect(bad).rejects.not.toBeInstanceOf(StoreUnavailableError);
    expect([...(await before), ...(await after)]).toEqual(["stored-new", "stored-new"]);
    expect((await store.stats(P)).spans).toBe(2);
    await store.close();
  });

  test("refuses requests whose bytes it can't hold", async () => {
    const store = new SqliteTraceStore({ path: ":memory:" });
    const bytes = 100 * 1024 * 1024;
    const accepted = store.write(P, [snapshot({ id: "a" })], { bytes });
    await expect(store.write(P, [snapshot({ id: "b" })], { bytes })).rejects.toBeInstanceOf(StoreBusyError);
    expect(await accepted).toEqual(["stored-new"]);
    expect(await store.write(P, [snapshot({ id: "c" })], { bytes })).toEqual(["stored-new"]);
    await store.close();
  });

  test("a close commits what was accepted and refuses what comes later", async () => {
    const path = join(directory, "everspan.db");
    const store = new SqliteTraceStore({ path });
    const accepted = store.write(P, [snapshot({ id: "s" })]);
    const closed = store.close();
    await expect(store.write(P, [snapshot({ id: "late" })])).rejects.toThrow("closed");
    await accepted;
    await closed;
    const again = new SqliteTraceStore({ path });
    expect((await again.stats(P)).spans).toBe(1);
    await again.close();
  });
});

test("a payload that grows beyond a bound when what it shares is put back is refused, and stands nowhere", async () => {
  const store = new SqliteTraceStore({ path: ":memory:" });
  const text = { text: "x".repeat(100_000) };
  const list = Array<number>(1000).fill(0);
  const bomb = (input: unknown) => store.write(P, [snapshot({ id: "bomb", input })]);
  await expect(bomb(Array(Math.ceil(MAX_STORED_PAYLOAD_BYTES / 100_000)).fill(text))).rejects.toThrow(
    /payload .* bytes, got/,
  );
  await expect(bomb(Array(MAX_STORED_PAYLOAD_VALUES / 1000 + 1).fill(list))).rejects.toThrow(/payload .* values, got/);
  expect(await store.write(P, [snapshot({ id: "s", input: Array(500).fill(text) })])).toEqual(["stored-new"]);
  expect(await store.stats(P)).toMatchObject({ spans: 1 });
  await store.close();
});

describe("damage", () => {
  test("a missing or damaged frame costs the payloads that lie in it, and no trace", async () => {
    const path = join(directory, "everspan.db");
    const store = new SqliteTraceStore({ path });
    await store.write(P, [
      snapshot({ id: "large", input: "x".repeat(5000), output: 1 }),
      snapshot({ id: "small", input: 2 }),
    ]);
    await store.close();
    for (const [index, harm] of [
      "UPDATE frames SET content = x'00' WHERE kind = 0",
      "DELETE FROM frames WHERE kind = 0",
    ].entries()) {
      const database = new DatabaseSync(path);
      database.exec(harm);
      database.close();
      const again = new SqliteTraceStore({ path });
      expect(await again.getSpan(P, "t", "large")).toMatchObject({
        input: { omitted: true, bytes: 5002, reason: "missing" },
        output: 1,
      });
      expect((await traceOf(again, P, "t", Number.POSITIVE_INFINITY))?.spans).toHaveLength(2);
      expect(await again.write(P, [snapshot({ id: "small", revision: index + 2, input: "y".repeat(900) })])).toEqual([
        "stored-new",
      ]);
      await again.close();
    }
  });

  test("a damaged frame of bodies costs what its spans carried, and nothing of another trace", async () => {
    const path = join(directory, "everspan.db");
    const store = new SqliteTraceStore({ path });
    await store.write(P, [
      snapshot({ id: "hurt", name: "chat", input: 1, error: { type: "E", message: "m" }, status: "ERROR" }),
      snapshot({ id: "without" }),
      snapshot({ id: "whole", traceId: "u", input: 1 }),
    ]);
    await store.settle();
    await store.close();
    const database = new DatabaseSync(path);
    database.exec("UPDATE frames SET content = x'00' WHERE kind = 1 AND trace = 1");
    database.close();
    const again = new SqliteTraceStore({ path });
    const hurt = await again.getSpan(P, "t", "hurt");
    const missing = { omitted: true, bytes: 0, reason: "missing" };
    expect(hurt).toMatchObject({ name: "chat", status: "ERROR", input: missing, error: missing });
    expect(hurt).not.toHaveProperty("output");
    expect(await again.getSpan(P, "t", "without")).not.toHaveProperty("input");
    expect(await again.getSpan(P, "u", "whole")).toMatchObject({ input: 1 });
    await again.close();
  });

  test("after an unclean end a file whose pages are damaged is refused, and its bytes are left alone", async () => {
    const path = join(directory, "everspan.db");
    const store = new SqliteTraceStore({ path });
    await store.write(
      P,
      Array.from({ length: 300 }, (_, i) => snapshot({ id: `s${i}`, input: `${i} `.repeat(60) })),
    );
    await store.close();
    const bytes = readFileSync(path);
    for (let page = 20; page < bytes.length / 4096; page++) bytes.fill(0xa5, page * 4096, page * 4096 + 64);
    writeFileSync(path, bytes);
    // What a killed process leaves: a log that was not folded in.
    writeFileSync(`${path}-wal`, Buffer.alloc(64));
    expect(() => openDatabase(path)).toThrow(/damaged|malformed/);
    expect(statSync(path).size).toBe(bytes.length);
  });

  test("a link in the place of the file is refused", () => {
    const path = join(directory, "everspan.db");
    symlinkSync(join(directory, "elsewhere"), path);
    expect(() => openDatabase(path)).toThrow(/not a file of its own/);
  });
});

test("a file of format 3 gets the index of this version, and its spans are found by their ids", async () => {
  const path = join(directory, "everspan.db");
  const first = new SqliteTraceStore({ path });
  const spans = Array.from({ length: 600 }, (_, n) => snapshot({ traceId: `trace-${n}`, id: `span-${n}` }));
  await first.write(P, [...spans, snapshot({ traceId: "trace-1", id: "span-500" })]);
  await first.close();
  const database = new DatabaseSync(path);
  database.exec(`DROP INDEX spans_by_id; CREATE INDEX spans_by_id ON spans (span, trace); PRAGMA user_version = 3`);
  database.close();

  const store = new SqliteTraceStore({ path });
  const found = async (id: string) => (await store.findSpan(P, id))?.traceId;
  expect([await found("span-0"), await found("span-300"), await found("span-599")]).toEqual([
    "trace-0",
    "trace-300",
    "trace-599",
  ]);
  // Of the newest trace that has one.
  expect(await found("span-500")).toBe("trace-500");
  expect(await found("span-600")).toBeUndefined();
  await store.close();
  const after = new DatabaseSync(path);
  const { sql } = after.prepare("SELECT sql FROM sqlite_schema WHERE name = 'spans_by_id'").get() as { sql: string };
  expect(sql).toContain("trace >> 8");
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: NEWEST_FORMAT });
  after.close();
});

describe("S9 a file that can't be a store is refused with the cause", () => {
  test("one of a newer version", () => {
    const path = join(directory, "everspan.db");
    openDatabase(path).close();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${NEWEST_FORMAT + 1}`);
    database.close();
    expect(() => openDatabase(path)).toThrow(/newer Everspan/);
  });

  test("one that is no database, and a directory", () => {
    const path = join(directory, "text.db");
    writeFileSync(path, "this is not a database, but long enough to have a header".repeat(40));
    expect(() => openDatabase(path)).toThrow(/can't be opened: .*not a database/);
    expect(() => openDatabase(directory)).toThrow();
  });

  test.each([
    ["trigger", "CREATE TRIGGER t AFTER INSERT ON spans BEGIN DELETE FROM traces; END"],
    ["view", "CREATE VIEW v AS SELECT load_extension('/tmp/x') FROM spans"],
  ])("X29 one that somebody prepared with a %s, which would run by itself", (what, sql) => {
    const path = join(directory, "everspan.db");
    openDatabase(path).close();
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    expect(() => openDatabase(path)).toThrow(`the file has a ${what}`);
  });

  test("X29 no connection runs what a file brings, or believes its pages", () => {
    const path = join(directory, "everspan.db");
    const writer = openDatabase(path);
    const reader = openReadOnly(path);
    for (const database of [writer, reader]) {
      expect(database.prepare("PRAGMA trusted_schema").get()).toEqual({ trusted_schema: 0 });
      expect(database.prepare("PRAGMA cell_size_check").get()).toEqual({ cell_size_check: 1 });
      expect(() => database.exec("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema")).toThrow();
      expect(() => database.exec("SELECT load_extension('/tmp/x')")).toThrow();
      database.close();
    }
  });

  test("another program's database", () => {
    const path = join(directory, "other.db");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE theirs (x); PRAGMA user_version = 1");
    other.close();
    expect(() => openDatabase(path)).toThrow(/not a store/);
  });
});

/** Text that no other seed gives and that no compression of ours could share. */
function distinctText(seed: number, length: number): string {
  let state = seed + 1;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += `${state.toString(36)} `;
  }
  return text.slice(0, length);
}
