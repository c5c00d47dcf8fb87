import { ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Capturer } from "../../capture/index.ts";
import { plainRecord } from "../../delivery/record/testing/plain-record.ts";
import { ConsoleExporter } from "../local/console-exporter.ts";
import { SgpExporter } from "../sgp/exporter.ts";
import { ATTEMPT } from "../testing/snapshots.ts";
import { exportBatch } from "./export-batch.ts";

let server: ScriptedServer;
let exporter: SgpExporter;
beforeEach(async () => {
  server = await ScriptedServer.start();
  exporter = new SgpExporter({ apiKey: "key", accountId: "account", baseUrl: server.url });
});
afterEach(async () => {
  await exporter.shutdown();
  await server.close();
});

const RECORDS = Array.from({ length: 100 }, (_, i) =>
  plainRecord({ id: `span-${i}`, input: new Capturer().capture({ text: "x".repeat(i * 30) }) }),
);
const SNAPSHOTS = RECORDS.map((record) => record.toSnapshot());

describe("a batch handed over by the tracer", () => {
  test("arrives as the same bytes as a list of its snapshots", async () => {
    expect(await exportBatch(exporter, RECORDS, ATTEMPT)).toEqual({ kind: "delivered" });
    expect(await exporter.export(SNAPSHOTS, ATTEMPT)).toEqual({ kind: "delivered" });
    const [each, list] = server.requests.map(({ body }) => body.toString());
    expect(each).toBe(list);
    expect(JSON.parse(each!).items).toHaveLength(SNAPSHOTS.length);
  });

  test("has its bad records rejected by id, and the rest delivered", async () => {
    const records = [plainRecord({ id: "good" }), plainRecord({ id: "nul\0" })];
    expect(await exportBatch(exporter, records, ATTEMPT)).toMatchObject({
      kind: "partial",
      rejected: [{ id: "nul\0" }],
    });
    expect(JSON.parse(server.requests[0]!.body.toString()).items).toMatchObject([{ id: "good" }]);
  });

  test("goes to the `export` that somebody put in place of ours", async () => {
    const seen: string[] = [];
    const original = exporter.export.bind(exporter);
    exporter.export = (batch, context) => {
      seen.push(...batch.map(({ id }) => id));
      return original(batch, context);
    };
    await exportBatch(exporter, [plainRecord({ id: "a" }), plainRecord({ id: "b" })], ATTEMPT);
    expect(seen).toEqual(["a", "b"]);
    expect(server.requests).toHaveLength(1);
  });

  test("reaches an exporter that takes lists only", async () => {
    const lines: string[] = [];
    const local = new ConsoleExporter({ write: (line) => lines.push(line) });
    await exportBatch(local, [plainRecord({ name: "first" }), plainRecord({ name: "second" })], ATTEMPT);
    expect(lines).toEqual([expect.stringContaining("first"), expect.stringContaining("second")]);
  });
});
