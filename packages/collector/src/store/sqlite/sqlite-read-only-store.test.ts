import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { producersContract } from "../producers.contract.ts";
import { storeFeaturesContract } from "../store-features.contract.ts";
import { snapshot, traceStoreContract } from "../trace-store.contract.ts";
import { StoreUnavailableError, type TraceStore } from "../trace-store.ts";
import { SqliteReadOnlyStore } from "./sqlite-read-only-store.ts";
import { SqliteTraceStore, type SqliteTraceStoreOptions } from "./sqlite-trace-store.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-store-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const P = "project";
const WRITES: ReadonlySet<string> = new Set([
  ...["write", "patch", "report", "setProducerState", "deleteTraces", "pin", "expire", "settle"],
]);

/** Writes over one connection, reads over the other. */
function openBoth(options: Omit<SqliteTraceStoreOptions, "path"> = {}): SqliteTraceStore {
  const path = join(directory, "everspan.db");
  const writer = new SqliteTraceStore({ path, ...options });
  const nothing = async () => {};
  const reader = new SqliteReadOnlyStore({ path, older: { fetchTrace: nothing, fetchSpan: nothing } });
  const close = async () => {
    await reader.close();
    await writer.close();
  };
  return new Proxy(writer, {
    get: (_, name) => {
      if (name === "close") return close;
      const side: object = WRITES.has(String(name)) ? writer : reader;
      const value: unknown = Reflect.get(side, name);
      return typeof value === "function" ? value.bind(side) : value;
    },
  });
}

traceStoreContract("SQLite read over a connection of its own", async () => openBoth());
producersContract("SQLite read over a connection of its own", async () => openBoth());
storeFeaturesContract("SQLite read over a connection of its own", async () => {
  let nowMs = 0;
  const store = openBoth({ nowMs: () => nowMs });
  const setTime = (next: number) => {
    nowMs = next;
  };
  return { store, setTime, settle: () => store.settle() };
});

test("a store that only reads refuses each write, and changes nothing", async () => {
  const store = openBoth();
  const nothing = async () => {};
  const path = join(directory, "everspan.db");
  const reader: TraceStore = new SqliteReadOnlyStore({ path, older: { fetchTrace: nothing, fetchSpan: nothing } });
  await expect(reader.write(P, [snapshot({ id: "s" })])).rejects.toThrow(StoreUnavailableError);
  await expect(reader.deleteTraces(P, { traceIds: ["t"] })).rejects.toThrow(StoreUnavailableError);
  expect(await store.stats(P)).toMatchObject({ spans: 0 });
  await reader.close();
  await store.close();
});

test("a file of another format is not read", async () => {
  const nothing = async () => {};
  const open = () =>
    new SqliteReadOnlyStore({
      path: join(directory, "none.db"),
      older: { fetchTrace: nothing, fetchSpan: nothing },
    });
  expect(open).toThrow("can't be opened for reading");
});
