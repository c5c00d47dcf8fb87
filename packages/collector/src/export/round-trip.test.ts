import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SpanSnapshot, snapshotOfStored } from "@everspan/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importFile } from "../import/import-file.ts";
import { ImportRecord } from "../import/import-record.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { drawnTrace } from "../testing/drawn-spans.ts";
import { EXPORT_FORMATS } from "./export-formats.ts";
import { storeSource } from "./span-source.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-round-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function spansOf(store: SqliteTraceStore, traceId: string): Promise<SpanSnapshot[]> {
  const spans: SpanSnapshot[] = [];
  for await (const span of storeSource(store, "p").spans(traceId)) spans.push(snapshotOfStored(span));
  return spans;
}

/** Spans in another store, by way of a file. */
async function moved(spans: readonly SpanSnapshot[], format: "native" | "otlp" | "sgp") {
  const [from, to] = [new SqliteTraceStore({ path: ":memory:" }), new SqliteTraceStore({ path: ":memory:" })];
  try {
    const { traceId } = spans[0]!;
    await from.write("p", spans);
    let text = "";
    for await (const piece of EXPORT_FORMATS[format].write(storeSource(from, "p"), traceId)) text += piece;
    const path = join(folder, "trace.jsonl");
    writeFileSync(path, text);
    const target = {
      name: "memory",
      write: async (...[snapshots, order]: Parameters<Parameters<typeof importFile>[0]["target"]["write"]>) =>
        (await to.write("p", snapshots, { order })).length,
      close: async () => {},
    };
    const report = await importFile({
      path,
      target,
      record: new ImportRecord(join(folder, "records"), path, "memory"),
    });
    expect(report.problems).toEqual([]);
    return { before: await spansOf(from, traceId), after: await spansOf(to, traceId) };
  } finally {
    await from.close();
    await to.close();
  }
}

test.each(["native", "sgp", "otlp"] as const)(
  "drawn traces come back equal from %s",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(drawnTrace, async (spans) => {
        const { before, after } = await moved(spans, format);
        expect(after).toEqual(before);
      }),
      { numRuns: 60 },
    );
  },
  120_000,
);
