/** A record of megabytes is prepared in turns of the event loop, and nothing overtakes it on its way to the disk. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryExporter } from "everspan";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Capturer } from "../../capture/index.ts";
import { Tracer } from "../../recording/tracer.ts";
import { Redactor } from "../../redaction/redactor.ts";
import { plainRecord } from "../record/testing/plain-record.ts";
import { DiskSeam, patientClock } from "./disk-seam.fixture.ts";
import { LargeRecords } from "./large-records.ts";
import { OwnPlace } from "./own-place.ts";
import { RecordEncoder } from "./records/spooled-record.ts";

const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ id: i, text: `row number ${i} of many` }));
const keeper = { isDiskInUse: true, doubted() {}, endedInDoubt() {}, released() {}, spilled() {} };
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-large-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function placed(input: unknown) {
  const record = plainRecord({ input: new Capturer({}, () => 0).capture(input) });
  return { record, place: new OwnPlace(keeper, record, undefined, 1) };
}

test.each([
  ["with", new Redactor([{}])],
  ["without", undefined],
])("takes turns, is told of, and is asked for once, %s a redaction", async (_, redactor) => {
  let turn = 0;
  const count = () => {
    turn += 1;
    if (turn < 10_000) setImmediate(count);
  };
  let tell: () => void = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const encoder = new RecordEncoder();
  const large = new LargeRecords(encoder, redactor, () => tell());
  const { record, place } = placed({ rows: rows(40_000) });

  expect(large.isReady(place, record)).toBe(false);
  expect(large.isPreparing).toBe(true);
  setImmediate(count);
  await told;
  const turns = turn;
  turn = 10_000;
  expect(turns).toBeGreaterThan(5);
  expect([large.isPreparing, large.isReady(place, record)]).toEqual([false, true]);
  const { stringify } = JSON;
  let characters = 0;
  JSON.stringify = ((...given: Parameters<typeof stringify>) => {
    const text = stringify(...given);
    characters += text?.length ?? 0;
    return text;
  }) as typeof stringify;
  try {
    encoder.encode(redactor?.record(record) ?? record);
  } finally {
    JSON.stringify = stringify;
  }
  expect(characters).toBeLessThan(10_000);
});

test("what is small is not waited for", () => {
  const large = new LargeRecords(new RecordEncoder(), undefined, () => undefined);
  const { record, place } = placed({ text: "small" });
  expect([large.isReady(place, record), large.isPreparing]).toEqual([true, false]);
});

test("records reach the disk in their order, and the large one whole", async () => {
  using seam = new DiskSeam();
  const options = { spool: { directory }, clock: patientClock, logger: undefined };
  const hanging = { name: "back end", export: () => new Promise<never>(() => {}) };
  const tracer = new Tracer({ ...options, exporters: [hanging] });
  const given = rows(40_000);
  for (const input of [{ text: "first" }, { rows: given }, { text: "last" }]) {
    tracer
      .startTrace()
      .startSpan("rows" in input ? "large" : input.text, { input })
      .end();
  }
  expect(await tracer.flush({ until: "spooled", timeoutMs: 60_000 })).toMatchObject({ ok: true });
  // The blobs of the large one came in several writes.
  expect(seam.count("write")).toBeGreaterThan(4);
  await tracer.shutdown({ timeoutMs: 1 });

  const memory = Object.assign(new MemoryExporter(), { name: "back end" });
  const next = new Tracer({ ...options, exporters: [memory] });
  expect(await next.flush({ timeoutMs: 60_000 })).toMatchObject({ ok: true });
  await next.shutdown();
  const spans = memory.spans();
  expect(spans.map(({ name }) => name)).toEqual(["first", "large", "last"]);
  expect(spans[1]!.input).toEqual({ rows: given });
});
