import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type SpanSnapshot, type StoredSpan, toOtlpJson, toOtlpProto, toSgpBatch } from "@everspan/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { type ImportReport, importFile } from "./import-file.ts";
import { ImportRecord } from "./import-record.ts";
import { type ImportTarget, SpansRefusedError } from "./import-target.ts";

let folder: string;
let store: SqliteTraceStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "everspan-import-"));
  store = new SqliteTraceStore({ path: ":memory:" });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const target = (): ImportTarget => ({
  name: "memory",
  write: async (snapshots, order) =>
    (await store.write("p", snapshots, { order })).filter((verdict) => verdict === "stored-new").length,
  close: async () => {},
});

function fileOf(content: string | Uint8Array, name = "file.json"): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function take(path: string, into: ImportTarget = target()): Promise<ImportReport> {
  return importFile({ path, target: into, record: new ImportRecord(join(folder, "records"), path, into.name) });
}

const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");
const span = (id: string, changes: Partial<SpanSnapshot> = {}): SpanSnapshot => ({
  phase: "ended",
  revision: 2,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  id,
  name: "search",
  type: "CODE_EXECUTION",
  status: "OK",
  startTime: "2026-01-31T12:00:00.000000Z",
  endTime: "2026-01-31T12:00:01.500000Z",
  input: { q: id },
  ...changes,
});
const A = "00000000000000aa";
const B = "00000000000000bb";
const two = [span(A), span(B, { parentId: A })];
const storedSpans = (traceId = two[0]!.traceId) =>
  store.listSpans("p", { traceId, limit: 1000, offset: 0, orderBy: "start_time", descending: false });

describe("each form of a file is known by its content, and a second import adds nothing", () => {
  const request = toOtlpJson(two);
  const lengthPrefixed = (bytes: Uint8Array) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    return Buffer.concat([head, bytes]);
  };
  const proto = two.map((one) => toOtlpProto([one]).slice());
  test.each<[string, string | Uint8Array, string]>([
    ["lines of the file exporter", lines(two), "Everspan's own"],
    ["a list of snapshots", JSON.stringify(two, undefined, 2), "Everspan's own"],
    ["a trace's response", JSON.stringify({ trace: {}, spans: two, nextCursor: null }), "Everspan's own"],
    ["lines in gzip", gzipSync(lines(two)), "Everspan's own"],
    ["one request of OTLP", JSON.stringify(request, undefined, 1), "OTLP JSON"],
    ["requests of OTLP in lines", lines(two.map((one) => toOtlpJson([one]))), "OTLP JSON"],
    ["one request in protobuf", toOtlpProto(two).slice(), "OTLP protobuf"],
    ["one after the other", Buffer.concat(proto), "OTLP protobuf"],
    ["with lengths", Buffer.concat(proto.map(lengthPrefixed)), "OTLP protobuf"],
    ["a batch of SGP", JSON.stringify(toSgpBatch(two)), "SGP JSON"],
    ["batches of SGP in lines", lines(two.map((one) => toSgpBatch([one]))), "SGP JSON"],
    ["items of SGP in lines", `\ufeff${lines(toSgpBatch(two).items)}\n\n`, "SGP JSON"],
  ])("%s", async (_what, content, format) => {
    const path = fileOf(content);
    expect(await take(path)).toMatchObject({ format, spans: 2, changed: 2, refused: 0, problems: [] });
    expect(await storedSpans()).toMatchObject(two);
    expect(await take(path)).toMatchObject({ spans: 2, changed: 0 });
    expect(await storedSpans()).toHaveLength(2);
  });

  test("spans without an id get one of their content", async () => {
    const item = { trace_id: "t", name: "n", start_timestamp: "2026-01-31T12:00:00Z" };
    const path = fileOf(lines([item, { ...item, name: "m" }]));
    await take(path);
    expect(await take(path)).toMatchObject({ changed: 0 });
    expect((await storedSpans("t")).map(({ name }) => name).sort()).toEqual(["m", "n"]);
  });
});

describe("what is wrong is said, with its line and field", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["an empty file", " \n", /empty/],
    ["a comma-separated file", "id,name\n1,2\n", /expected JSON, JSON lines or OTLP protobuf, got text like "id,name"/],
    ["a zip archive", "PK\u0003\u0004xxxxxxxx", /a zip archive/],
    [
      "other JSON",
      '\n{"a":1,"b":2}',
      /^line 2: no known format: got an object with the fields "a", "b"; expected one of: OTLP JSON/,
    ],
    ["a list of numbers", "[1,2]", /got a number/],
    [
      "a document that is cut off",
      '{"items":[{"trace_id":"t","name":"n","start_timestamp":"2026-01-31T12:00:00Z"}',
      /line 1: .*cut off/,
    ],
    ["protobuf that is cut off", toOtlpProto(two).slice(0, -4), /ends within a message/],
    ["gzip that is cut off", gzipSync(lines(two)).subarray(0, -9), /not whole as gzip/],
  ])("%s", async (_what, content, message) => {
    await expect(take(fileOf(content))).rejects.toThrow(message);
  });

  test("a bad value costs itself alone", async () => {
    const path = fileOf(`${lines([two[0], { ...two[1], type: "LLM" }])}\n{"phase":"ended",\n${lines([two[1]])}`);
    const report = await take(path);
    expect(report).toMatchObject({ spans: 2, refused: 2 });
    expect(report.problems[0]).toBe("line 2: type must be one of the span types");
    expect(report.problems[1]).toMatch(/^line 3: expected JSON: /);
  });

  test("a payload that was left out of an answer is no payload", async () => {
    const report = await take(fileOf(lines([{ ...two[0], input: { omitted: true, bytes: 9 } }])));
    expect(report.problems).toEqual([expect.stringMatching(/^line 1: input was left out for its size/)]);
  });

  test("a span of which its store had lost a payload is taken with the rest of it", async () => {
    const lost = { omitted: true, bytes: 9, reason: "missing" };
    const report = await take(fileOf(lines([{ ...two[0], input: lost }])));
    expect(report).toMatchObject({ spans: 1, refused: 0, problems: [] });
  });

  test("a span that the target refuses costs itself alone", async () => {
    const refusing: ImportTarget = {
      ...target(),
      write: async (snapshots, order) => {
        if (snapshots.some(({ id }) => id === "s7")) throw new SpansRefusedError("too large");
        return target().write(snapshots, order);
      },
    };
    const path = fileOf(lines(Array.from({ length: 20 }, (_, i) => span(`s${i}`))));
    expect(await take(path, refusing)).toMatchObject({
      spans: 19,
      refused: 1,
      problems: [`span s7 of trace ${two[0]!.traceId}: too large`],
    });
  });
});

describe("an import that stopped goes on", () => {
  /** Fails at its nth write. */
  const failing = (at: number): ImportTarget & { written: number } => {
    const state = { written: 0 };
    let writes = 0;
    return {
      ...target(),
      get written() {
        return state.written;
      },
      write: (snapshots, order) => {
        if (++writes === at) throw new Error("the disk is full");
        state.written += snapshots.length;
        return target().write(snapshots, order);
      },
    };
  };

  test("after the last write that was told", async () => {
    const path = fileOf(lines(Array.from({ length: 1700 }, (_, i) => span(`s${i}`))));
    await expect(take(path, failing(3))).rejects.toThrow("the disk is full");
    const second = failing(0);
    expect(await take(path, second)).toMatchObject({ resumedAt: 1000, spans: 700, changed: 700 });
    expect(second.written).toBe(700);
    expect((await store.stats("p")).spans).toBe(1700);
    // It is done: the next begins at the beginning, and adds nothing.
    expect(await take(path)).toMatchObject({ resumedAt: 0, spans: 1700, changed: 0 });
  });

  test("from the beginning, when the file is another by now", async () => {
    const path = fileOf(lines(Array.from({ length: 700 }, (_, i) => span(`s${i}`))));
    await expect(take(path, failing(2))).rejects.toThrow();
    writeFileSync(path, `${readFileSync(path, "utf8")}\n${lines([span("last")])}`);
    expect(await take(path)).toMatchObject({ resumedAt: 0, spans: 701, changed: 201 });
  });
});

const SAMPLES = new URL("../../../../../shared/data/", import.meta.url).pathname;
test.skipIf(!existsSync(SAMPLES))("a recorded run of mini-swe-agent costs what its file says", async () => {
  const path = join(SAMPLES, "trajectories/psf__requests-1142.traj.json");
  const { info } = JSON.parse(readFileSync(path, "utf8")) as {
    info: { model_stats: { instance_cost: number; api_calls: number } };
  };
  const report = await take(path);
  expect(report).toMatchObject({ format: "mini-swe-agent trajectory", refused: 0 });
  const { traces } = await store.listTraces("p", { limit: 10 });
  expect(traces[0]).toMatchObject({
    name: "psf__requests-1142",
    status: "OK",
    spanCount: 143,
    models: [expect.stringContaining("gemini")],
  });
  expect(traces[0]!.costUsd).toBeCloseTo(info.model_stats.instance_cost, 4);
  expect(traces[0]!.asked).toContain("Consider the following PR description");
  const calls = (await storedSpans(report.traceIds[0])).filter(({ type }: StoredSpan) => type === "COMPLETION");
  expect(calls).toHaveLength(info.model_stats.api_calls);
  expect(await take(path)).toMatchObject({ changed: 0 });
});

test("records lie in a folder that only their owner reads", async () => {
  mkdirSync(join(folder, "deep"));
  const path = fileOf(lines(two));
  const record = new ImportRecord(join(folder, "deep/records"), path, "x");
  record.write({ units: 3, spans: 4 });
  expect(new ImportRecord(join(folder, "deep/records"), path, "x").read()).toEqual({ units: 3, spans: 4 });
  expect(new ImportRecord(join(folder, "deep/records"), path, "y").read()).toEqual({ units: 0, spans: 0 });
});
