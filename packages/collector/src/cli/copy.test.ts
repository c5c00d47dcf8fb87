import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClickHouseTraceStore } from "../store/clickhouse/clickhouse-trace-store.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { snapshot } from "../store/trace-store.contract.ts";
import { copy } from "./copy.ts";

let directory: string;
let server: Server;
let asked: string[];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "everspan-copy-"));
  asked = [];
  // Takes every statement but those that insert spans, and knows none.
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const statement = new URL(request.url!, "http://localhost").searchParams.get("query") ?? body;
    asked.push(statement);
    response.writeHead(/^INSERT INTO (?!schema_versions)/.test(statement) ? 500 : 200).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a copy whose writes fail closes both stores and gives the directory back", async () => {
  const path = join(directory, "everspan.db");
  const store = new SqliteTraceStore({ path });
  await store.write("default", [snapshot({ id: "s" })]);
  await store.close();
  const { port } = server.address() as AddressInfo;
  const flags = { data: directory, to: `clickhouse://127.0.0.1:${port}`, project: "default" };
  const closing = [vi.spyOn(SqliteTraceStore.prototype, "close"), vi.spyOn(ClickHouseTraceStore.prototype, "close")];
  for (let attempt = 1; attempt <= 2; attempt++) {
    await expect(copy(flags, {})).rejects.toThrow("refused");
    for (const close of closing) expect(close).toHaveBeenCalledTimes(attempt);
  }
  expect(asked.some((statement) => statement.startsWith("INSERT INTO"))).toBe(true);
});
