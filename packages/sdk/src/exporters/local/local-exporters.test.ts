/** The exporters that stay on this machine: file, memory, console, processor. */
import { type FileHandle, mkdtemp, open, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpanSnapshot } from "@everspan/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fromProcessor } from "../processor/from-processor.ts";
import { ATTEMPT, ended, started } from "../testing/snapshots.ts";
import { ConsoleExporter } from "./console-exporter.ts";
import { FileExporter } from "./file-exporter.ts";
import { MemoryExporter } from "./memory-exporter.ts";

describe("FileExporter", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "everspan-file-"));
    path = join(folder, "spans.ndjson");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const lines = async () => (await readFile(path, "utf8")).split("\n");

  test("batches that are exported at the same time are appended one after the other, a line a snapshot", async () => {
    const exporter = new FileExporter({ path });
    const ids = Array.from({ length: 20 }, (_, i) => `span-${i}`);
    await Promise.all(ids.map((id) => exporter.export([started({ id }), ended({ id, input: "\n\u2028" })], ATTEMPT)));
    await exporter.shutdown();
    const snapshots = (await lines()).slice(0, -1).map((line) => JSON.parse(line) as SpanSnapshot);
    expect(snapshots.map(({ id, phase }) => `${id} ${phase}`)).toEqual(
      ids.flatMap((id) => [`${id} started`, `${id} ended`]),
    );
    expect(snapshots[1]?.input).toBe("\n\u2028");
  });

  test("a line that a crash cut short is ended before the next begins", async () => {
    await writeFile(path, '{"phase":"ended","na');
    const exporter = new FileExporter({ path });
    await exporter.export([ended()], ATTEMPT);
    await exporter.shutdown();
    expect((await lines())[0]).toBe('{"phase":"ended","na');
    expect(JSON.parse((await lines())[1]!)).toEqual(ended());
  });

  test("a full disk makes it busy, and it goes on when there is room again", async () => {
    await symlink("/dev/full", path);
    const exporter = new FileExporter({ path });
    expect(await exporter.export([ended()], ATTEMPT)).toMatchObject({
      kind: "busy",
      reason: expect.stringContaining("ENOSPC"),
    });
    await rm(path);
    expect(await exporter.export([ended()], ATTEMPT)).toEqual({ kind: "delivered" });
    await exporter.shutdown();
    expect(await lines()).toHaveLength(2);
  });

  describe("when the disk is full after half of a line", () => {
    const noSpace = () => Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
    let fails: string[] = [];
    let restore: () => void;

    beforeEach(async () => {
      const probe = await open(path, "a");
      const handles = Object.getPrototypeOf(probe) as FileHandle;
      await probe.close();
      const { appendFile, truncate } = handles;
      handles.appendFile = async function (this: FileHandle, data: Uint8Array) {
        if (!fails.includes("append")) return appendFile.call(this, data);
        await appendFile.call(this, data.subarray(0, data.length / 2));
        return noSpace();
      } as FileHandle["appendFile"];
      handles.truncate = function (this: FileHandle, size) {
        return fails.includes("truncate") ? noSpace() : truncate.call(this, size);
      };
      restore = () => Object.assign(handles, { appendFile, truncate });
    });
    afterEach(() => restore());

    test("the half is taken back, and the retry leaves the line once", async () => {
      const exporter = new FileExporter({ path });
      await exporter.export([ended({ id: "first" })], ATTEMPT);
      fails = ["append"];
      const outcome = await exporter.export([ended({ id: "second" })], ATTEMPT);
      fails = [];
      expect(outcome).toMatchObject({ kind: "busy", reason: expect.stringContaining("ENOSPC") });
      expect(outcome).not.toHaveProperty("maybeDelivered");
      expect(await lines()).toHaveLength(2);
      await exporter.export([ended({ id: "second" })], ATTEMPT);
      await exporter.shutdown();
      expect((await lines()).slice(0, -1).map((line) => JSON.parse(line).id)).toEqual(["first", "second"]);
    });

    test("what can't be taken back may be delivered, and the next line begins on a line of its own", async () => {
      const exporter = new FileExporter({ path });
      fails = ["append", "truncate"];
      const outcome = await exporter.export([ended({ id: "half" })], ATTEMPT);
      fails = [];
      expect(outcome).toMatchObject({ kind: "busy", maybeDelivered: true });
      await exporter.export([ended({ id: "whole" })], ATTEMPT);
      await exporter.shutdown();
      expect((await lines()).map((line) => line.includes('"whole"'))).toEqual([false, true, false]);
    });
  });

  test("a folder in the file's place is a wrong configuration", async () => {
    const exporter = new FileExporter({ path: folder });
    expect(await exporter.export([ended()], ATTEMPT)).toMatchObject({ kind: "misconfigured" });
  });
});

describe("MemoryExporter", () => {
  test("W23 whatever order and repetition snapshots arrive in, the same is kept", async () => {
    const snapshots = [started(), started({ revision: 2 }), ended({ revision: 3 }), ended({ revision: 4, output: 1 })];
    const anyDelivery = fc.array(fc.subarray(snapshots, { minLength: 1 }), { maxLength: 6 });
    const property = fc.asyncProperty(
      anyDelivery,
      fc.shuffledSubarray(snapshots, { minLength: 4 }),
      async (replays, all) => {
        const exporter = new MemoryExporter();
        for (const batch of [...replays, all, ...replays]) await exporter.export(batch);
        expect(exporter.spans()).toEqual([snapshots[3]]);
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  test("keeps apart spans of two traces, reads them back, and forgets them", async () => {
    const exporter = new MemoryExporter();
    await exporter.export([ended({ traceId: "a" }), ended({ traceId: "b" })]);
    expect(await exporter.reader.listSpans("a")).toEqual([ended({ traceId: "a" })]);
    expect(await exporter.reader.getSpan("b", ended().id)).toEqual(ended({ traceId: "b" }));
    exporter.reset();
    expect(exporter.spans()).toEqual([]);
  });
});

describe("ConsoleExporter", () => {
  test("prints one line for a span that ended, whatever its name", async () => {
    const printed: string[] = [];
    const exporter = new ConsoleExporter({ write: (line) => printed.push(line) });
    const error = { type: "Error", message: "line 1\nline 2\u001b[31m" };
    const context = { signal: new AbortController().signal, attempt: 1 };
    await exporter.export([started(), ended({ name: "two\r\nlines", status: "ERROR", error })], context);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(
      /^2026-01-31T12:00:00.000000Z .* 1000\.0 ms {2}two lines {2}ERROR {2}Error: line 1 line 2 \[31m$/,
    );
  });
});

describe("fromProcessor", () => {
  test("tells each start before its end, also of a span that came as its end only", async () => {
    const told: string[] = [];
    const exporter = fromProcessor({
      onSpanStart: (span) => told.push(`start ${span.id} ${span.phase} ${span.endTime}`),
      onSpanEnd: (span) => told.push(`end ${span.id}`),
    });
    await exporter.export([started({ id: "a" })], ATTEMPT);
    await exporter.export([ended({ id: "a" }), ended({ id: "b" })], ATTEMPT);
    expect(told).toEqual(["start a started undefined", "start b started undefined", "end a", "end b"]);
  });

  test("calls the plural forms where there are any, as methods of the processor", async () => {
    class Processor {
      told: string[] = [];
      async onSpansStart(spans: readonly SpanSnapshot[]) {
        this.told.push(`starts ${spans.length}`);
      }
      async onSpansEnd(spans: readonly SpanSnapshot[]) {
        this.told.push(`ends ${spans.length}`);
      }
      shutdown() {
        this.told.push("shutdown");
      }
    }
    const processor = new Processor();
    const exporter = fromProcessor(processor);
    await exporter.export([ended({ id: "a" }), ended({ id: "b" })], ATTEMPT);
    await exporter.shutdown?.();
    expect(processor.told).toEqual(["starts 2", "ends 2", "shutdown"]);
  });

  test("C5 a processor that throws makes its lane busy, and the retry does not repeat what went well", async () => {
    const told: string[] = [];
    const exporter = fromProcessor({
      onSpanEnd: (span) => {
        told.push(span.id);
        if (told.length === 2) throw undefined;
      },
    });
    const batch = ["a", "b", "c"].map((id) => ended({ id }));
    const told1 = { kind: "busy", delivered: [0], maybeDelivered: [1] };
    expect(await exporter.export(batch, ATTEMPT)).toMatchObject(told1);
    expect(await exporter.export(batch.slice(1), ATTEMPT)).toEqual({ kind: "delivered" });
    expect(told).toEqual(["a", "b", "b", "c"]);
  });

  test("an attempt that was given up is repeated without what went well", async () => {
    const told: string[] = [];
    const exporter = fromProcessor({
      onSpanEnd: (span) => {
        told.push(span.id);
        if (told.length === 2) throw new Error("no");
      },
    });
    const batch = ["a", "b", "c"].map((id) => ended({ id }));
    const controller = new AbortController();
    const outcome = exporter.export(batch, { signal: controller.signal, attempt: 1 });
    controller.abort();
    await outcome;
    expect(await exporter.export(batch, ATTEMPT)).toEqual({ kind: "delivered" });
    expect(told).toEqual(["a", "b", "b", "c"]);
  });

  test("of a call with all of them that throws, each may have been taken", async () => {
    const exporter = fromProcessor({
      onSpansEnd: () => {
        throw new Error("no");
      },
    });
    const batch = [started({ id: "s" }), ended({ id: "a" }), ended({ id: "b" })];
    expect(await exporter.export(batch, ATTEMPT)).toMatchObject({ delivered: [0], maybeDelivered: [1, 2] });
  });
});
