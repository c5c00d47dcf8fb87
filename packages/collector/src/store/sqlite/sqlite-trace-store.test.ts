import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { producersContract } from "../producers.contract.ts";
import { snapshot, traceStoreContract } from "../trace-store.contract.ts";
import { StoreBusyError } from "../trace-store.ts";
import { openDatabase } from "./open-database.ts";
import { migrate, SCHEMA_VERSION } from "./schema.ts";
import { DatabaseSync } from "./sqlite.ts";
import { SqliteTraceStore } from "./sqlite-trace-store.ts";
import { listStatement } from "./trace-list.ts";

traceStoreContract("SqliteTraceStore in memory", async () => new SqliteTraceStore({ path: ":memory:" }));
producersContract("SqliteTraceStore in memory", async () => new SqliteTraceStore({ path: ":memory:" }));

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

  test("is readable by its owner only, log included", async () => {
    const store = new SqliteTraceStore({ path: join(directory, "everspan.db") });
    await store.write(P, [snapshot({ id: "s" })]);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
    await store.close();
  });

  test("commits with the settings that make a commit durable", () => {
    const database = openDatabase(join(directory, "everspan.db"));
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    database.close();
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
    await store.close();
    const distinctBytes = JSON.stringify(messages).length;
    const storedBytes = statSync(path).size;
    expect(sentBytes).toBeGreaterThan(70 * distinctBytes);
    expect(storedBytes).toBeLessThan(1.8 * distinctBytes);
  });
});

describe("the list of traces", () => {
  test.each(["-startTime", "startTime", "-durationMs", "durationMs", "-spanCount", "costUsd"] as const)(
    "never touches spans or blobs, sorted by %s with every filter",
    (sort) => {
      const database = openDatabase(join(directory, "everspan.db"));
      const query = {
        limit: 10,
        sort,
        text: "x",
        status: "OK",
        type: "COMPLETION",
        service: "s",
        cursor: { key: 1, traceId: "t" },
      } as const;
      const { sql, parameters } = listStatement(P, { ...query, fromMicros: 0, toMicros: 1, minDurationMs: 1 });
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
      const details = plan.map((step) => step.detail).join("\n");
      expect(details).toContain("traces");
      expect(details).not.toMatch(/spans|blobs/);
      database.close();
    },
  );

  test.each(["-startTime", "startTime", "-durationMs", "durationMs"] as const)(
    "is read in order from an index, without sorting, by %s",
    (sort) => {
      const database = openDatabase(join(directory, "everspan.db"));
      const { sql, parameters } = listStatement(P, { limit: 10, sort });
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
      expect(plan.map((step) => step.detail).join("\n")).toMatch(
        /^SEARCH traces USING INDEX traces_by_\w+ \(project=\?\)$/,
      );
      database.close();
    },
  );
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

describe("S9 a file that can't be a store is refused with the cause", () => {
  test("one of a newer version", () => {
    const path = join(directory, "everspan.db");
    openDatabase(path).close();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    expect(() => openDatabase(path)).toThrow(/newer Everspan/);
  });

  test("one that is no database, and a directory", async () => {
    const { writeFileSync } = await import("node:fs");
    const path = join(directory, "text.db");
    writeFileSync(path, "this is not a database, but long enough to have a header".repeat(40));
    expect(() => openDatabase(path)).toThrow(/can't be opened: .*not a database/);
    expect(() => openDatabase(directory)).toThrow();
  });

  test("another program's database", () => {
    const path = join(directory, "other.db");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE theirs (x); PRAGMA user_version = 1");
    other.close();
    expect(() => openDatabase(path)).toThrow(/not a store/);
  });
});

test("S11 a migration that fails at any statement leaves the file as it was, and the next start completes it", () => {
  const path = join(directory, "migrating.db");
  const good = ["CREATE TABLE one (x)", "CREATE TABLE two (x); CREATE TABLE three (x)"];
  const database = new DatabaseSync(path);
  migrate(database, good.slice(0, 1));
  for (const broken of [
    "nonsense",
    "CREATE TABLE two (x); nonsense",
    "CREATE TABLE two (x); CREATE TABLE three (x); nonsense",
  ]) {
    expect(() => migrate(database, [good[0]!, broken])).toThrow();
    const tables = database.prepare("SELECT name FROM sqlite_schema ORDER BY name").all() as { name: string }[];
    expect(tables.map((table) => table.name)).toEqual(["one"]);
  }
  migrate(database, good);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
  database.close();
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
