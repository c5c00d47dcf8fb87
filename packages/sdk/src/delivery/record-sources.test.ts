/** Snapshots of large records are made in turns, and nothing about them is different. */
import { expect, test, vi } from "vitest";
import { Capturer } from "../capture/index.ts";
import { MemoryExporter } from "../exporters/local/memory-exporter.ts";
import { SgpExporter } from "../exporters/sgp/exporter.ts";
import { Redactor } from "../redaction/redactor.ts";
import { plainRecord } from "./record/testing/plain-record.ts";
import { recordSources } from "./record-sources.ts";

const KEY = ["sk", "proj", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"].join("-");
const capture = (value: unknown) => new Capturer().capture(value)!;
const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ text: `${i}` }));
const exporter = new MemoryExporter();
const idle = () => new AbortController().signal;

test("nothing is waited for where no record is large", () => {
  const records = [plainRecord({ output: capture(rows(3)) })];
  expect(recordSources(exporter, records, undefined, idle())).toBe(records);
});

test("a large record's snapshot is ready when its turn comes, once, and is the same afterwards", async () => {
  const large = plainRecord({ input: capture({ rows: rows(30_000) }), output: capture("done") });
  const small = plainRecord({ output: capture(rows(3)) });
  const expected = [small.toSnapshot(), large.toSnapshot()];
  const sources = await recordSources(exporter, [small, large], undefined, idle());
  expect(sources[0]).toBe(small);
  const freeze = vi.spyOn(Object, "freeze");
  const snapshots = sources.map((source) => source.toRecord().toSnapshot());
  expect(freeze.mock.calls.length).toBeLessThan(10);
  freeze.mockRestore();
  expect(snapshots).toEqual(expected);
  expect(Object.keys(snapshots[1]!)).toEqual(Object.keys(expected[1]!));
  expect(sources.map((source) => source.toRecord().toSnapshot())).toEqual(expected);
});

test("what is withheld is withheld from a large record too", async () => {
  const record = plainRecord({ output: capture({ rows: rows(30_000), note: `the key ${KEY}` }) });
  const [source] = await recordSources(exporter, [record], new Redactor([{}]), idle());
  expect(JSON.stringify(source!.toRecord().toSnapshot())).not.toContain(KEY);
});

test("other work runs in between, and an attempt that was aborted is left", async () => {
  const record = plainRecord({ output: capture({ rows: rows(60_000) }) });
  const controller = new AbortController();
  let turns = 0;
  const count = () => {
    turns += 1;
    if (turns < 1_000) setImmediate(count);
  };
  setImmediate(count);
  await recordSources(exporter, [record], undefined, idle());
  expect(turns).toBeGreaterThan(20);
  turns = 1_000;
  const freeze = vi.spyOn(Object, "freeze");
  const work = recordSources(exporter, [record], undefined, controller.signal);
  controller.abort();
  await work;
  expect(freeze.mock.calls.length).toBeLessThan(3_000);
  freeze.mockRestore();
});

test("no plain form is made for who writes the record as it is", async () => {
  const records = [plainRecord({ output: capture({ rows: rows(30_000) }) })];
  const sgp = new SgpExporter({ apiKey: "k", accountId: "a" });
  expect(await sgp.writesAsIs(records[0]!)).toBe(true);
  const freeze = vi.spyOn(Object, "freeze");
  expect((await recordSources(sgp, records, undefined, idle()))[0]).toBe(records[0]);
  expect(freeze).not.toHaveBeenCalled();
  freeze.mockRestore();
  const told = [plainRecord({ output: capture({ rows: rows(30_000) }), data: capture({ more: 1 }) })];
  expect((await recordSources(sgp, told, undefined, idle()))[0]).not.toBe(told[0]);
});
