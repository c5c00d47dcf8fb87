/** A death, or a failing disk, at each statement that changes the file: of a first start, of writes and of a move. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { snapshot } from "../trace-store.contract.ts";
import { olderPathOf } from "./schema/open-database.ts";
import { DatabaseSync } from "./schema/sqlite.ts";
import { SqliteTraceStore } from "./sqlite-trace-store.ts";
import { writeFormat2 } from "./upkeep/format-2.fixture.ts";

const watched = vi.hoisted(() => ({ before: (_sql: string): void => {} }));

vi.mock("./schema/sqlite.ts", async (importActual) => {
  const actual = await importActual<typeof import("./schema/sqlite.ts")>();
  /** Tells of each statement that may change something before it runs; a script is run one statement at a time. */
  function Watched(path: string, options?: { readOnly?: boolean }) {
    const database = new actual.DatabaseSync(path, ...(options === undefined ? [] : [options]));
    if (options?.readOnly === true) return database;
    const [exec, prepare] = [database.exec, database.prepare];
    const ownExec = (script: string) => {
      for (const sql of script.split(";").filter((part) => part.trim() !== "")) {
        watched.before(sql);
        exec.call(database, sql);
      }
    };
    const ownPrepare = (sql: string) => {
      const statement = prepare.call(database, sql);
      const { run, get } = statement;
      const ownRun: typeof run = (...values) => {
        watched.before(sql);
        return run.apply(statement, values);
      };
      const ownGet: typeof get = (...values) => {
        if (!/^\s*SELECT/.test(sql)) watched.before(sql);
        return get.apply(statement, values);
      };
      return Object.defineProperties(statement, { run: { value: ownRun }, get: { value: ownGet } });
    };
    Object.defineProperties(database, { exec: { value: ownExec }, prepare: { value: ownPrepare } });
    return database;
  }
  return { ...actual, DatabaseSync: Watched };
});

const P = "project";
const history = Array.from({ length: 12 }, (_, i) => ({ role: "user", content: `${i} `.repeat(200) }));
const WRITES = [
  [
    snapshot({ id: "a", phase: "started", revision: 0, input: { messages: history } }),
    snapshot({ id: "b", parentId: "a", input: { messages: history }, data: { model: "m" } }),
  ],
  [
    snapshot({ id: "a", revision: 1, input: { messages: [...history, history[0]] }, output: "x" }),
    snapshot({ id: "c", traceId: "other", status: "ERROR", error: { type: "E", message: "m" } }),
  ],
];

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-statements-"));
  path = join(directory, "everspan.db");
});
afterEach(() => {
  watched.before = () => {};
  rmSync(directory, { recursive: true, force: true });
});

/** What each death leaves: the files as they are, and how many writes had been answered. */
interface Death {
  readonly sql: string;
  readonly path: string;
  readonly answered: number;
}

function dieAtEachStatement(answered: () => number): Death[] {
  const deaths: Death[] = [];
  watched.before = (sql) => {
    const copy = join(directory, `death-${deaths.length}.db`);
    for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    if (existsSync(olderPathOf(path))) copyFileSync(olderPathOf(path), olderPathOf(copy));
    deaths.push({ sql: sql.trim().slice(0, 80), path: copy, answered: answered() });
  };
  return deaths;
}

function isWhole(file: string): boolean {
  const database = new DatabaseSync(file, { readOnly: true });
  const [row] = database.prepare("PRAGMA integrity_check").all();
  database.close();
  return Object.values(row!)[0] === "ok";
}

test("S11 a death at any statement of a first start, of a write or behind it leaves a whole store with what was answered", {
  timeout: 300_000,
}, async () => {
  let answered = 0;
  const deaths = dieAtEachStatement(() => answered);
  const store = new SqliteTraceStore({ path });
  for (const batch of WRITES) {
    await store.write(P, batch);
    answered += 1;
  }
  await store.settle();
  await store.close();
  watched.before = () => {};
  expect(deaths.length).toBeGreaterThan(80);
  const spansAfter = [0, 2, 3];
  for (const death of deaths) {
    const again = new SqliteTraceStore({ path: death.path });
    const { spans } = await again.stats(P);
    // All of a write or nothing of it; the one that was not answered may be there.
    expect(spansAfter, death.sql).toContain(spans);
    expect(spans, death.sql).toBeGreaterThanOrEqual(spansAfter[death.answered]!);
    for (const batch of WRITES) await again.write(P, batch);
    expect(await again.stats(P), death.sql).toMatchObject({ traces: 2, spans: 3, runningTraces: 0 });
    expect((await again.getSpan(P, "t", "a"))?.input, death.sql).toEqual(WRITES[1]![0]!.input);
    await again.close();
    expect(isWhole(death.path), death.sql).toBe(true);
  }
});

test("S11 a death at any statement of a move from an older format loses nothing", { timeout: 300_000 }, async () => {
  writeFormat2(path, P, [WRITES[0]![1]!, ...WRITES[1]!], "f".repeat(32));
  const deaths = dieAtEachStatement(() => 0);
  const store = new SqliteTraceStore({ path });
  await store.settle();
  await store.close();
  watched.before = () => {};
  expect(deaths.length).toBeGreaterThan(40);
  for (const death of deaths) {
    const again = new SqliteTraceStore({ path: death.path });
    await again.settle();
    expect(await again.stats(P), death.sql).toMatchObject({ traces: 2, spans: 3 });
    expect((await again.getSpan(P, "t", "a"))?.input, death.sql).toEqual(WRITES[1]![0]!.input);
    await again.close();
    expect(isWhole(death.path), death.sql).toBe(true);
  }
});

test.each([
  ["of the disk", 10],
  ["of the statement", 19],
])(
  "an error %s at any statement of a write fails that write whole, and the next one is taken",
  {
    timeout: 300_000,
  },
  async (_whose, errcode) => {
    let failed = 0;
    for (let at = 0; failed === at; at++) {
      const store = new SqliteTraceStore({ path: join(directory, `${at}.db`) });
      await store.write(P, WRITES[0]!);
      // What is behind the write must not meet the error in its place.
      await store.settle();
      let left = at;
      watched.before = (sql) => {
        if (left-- === 0) throw Object.assign(new Error(`injected at ${sql}`), { code: "ERR_SQLITE_ERROR", errcode });
      };
      const verdicts = await store.write(P, WRITES[1]!).catch(() => undefined);
      watched.before = () => {};
      if (verdicts === undefined) {
        failed += 1;
        expect(await store.stats(P)).toMatchObject({ traces: 1, spans: 2, runningTraces: 1 });
        expect(await store.write(P, WRITES[1]!)).toEqual(["stored-new", "stored-new"]);
      }
      expect(await store.stats(P)).toMatchObject({ traces: 2, spans: 3, runningTraces: 0 });
      expect((await store.getSpan(P, "t", "a"))?.input).toEqual(WRITES[1]![0]!.input);
      await store.close();
    }
    // The last round had no statement left to fail.
    expect(failed).toBeGreaterThan(15);
  },
);
