/**
 * The one contract on ClickHouse's engine. Where it listens says EVERSPAN_TEST_CLICKHOUSE, an address without a database;
 * `npm test` in `clients/clickhouse` starts it and runs this file.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { producersContract } from "../producers.contract.ts";
import { storeFeaturesContract } from "../store-features.contract.ts";
import { traceStoreContract } from "../trace-store.contract.ts";
import { parseClickHouseAddress } from "./address.ts";
import { ClickHouseTraceStore } from "./clickhouse-trace-store.ts";
import { ClickHouseClient } from "./client.ts";

const base = process.env.EVERSPAN_TEST_CLICKHOUSE ?? "";

describe.skipIf(base === "")("on ClickHouse's engine", () => {
  const database = `everspan_${randomUUID().replaceAll("-", "")}`;
  const address = `${base}/${database}`;
  let client: ClickHouseClient;
  beforeAll(async () => {
    client = new ClickHouseClient({ address: parseClickHouseAddress(base === "" ? "clickhouse://none" : address) });
    await (await ClickHouseTraceStore.open({ address })).close();
  });
  afterAll(() => client.command(`DROP DATABASE IF EXISTS ${database} SYNC`, {}, { database: "default" }));

  /** Emptied instead of made anew: tables cost more than rows. */
  const open = async (nowMs: () => number = Date.now) => {
    const tables = await client.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = {database:String} AND name != 'schema_versions'",
      { database },
    );
    await Promise.all(tables.map(({ name }) => client.command(`TRUNCATE TABLE ${name} SYNC`)));
    return ClickHouseTraceStore.open({ address, nowMs });
  };

  traceStoreContract("ClickHouseTraceStore", () => open(), { runs: 6 });
  storeFeaturesContract("ClickHouseTraceStore", async () => {
    let now = 0;
    const store = await open(() => now);
    const setTime = (nowMs: number) => {
      now = nowMs;
    };
    return { store, setTime, settle: async () => {} };
  });
  producersContract("ClickHouseTraceStore", () => open(), { runs: 6 });
});
