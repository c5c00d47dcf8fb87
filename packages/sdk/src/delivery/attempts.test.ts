import { ManualClock, never, RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { expect, test, vi } from "vitest";
import { Capturer } from "../capture/index.ts";
import { DEFAULT_BATCH, DEFAULT_DELIVERY } from "../contract/defaults.ts";
import { Diagnostics } from "../contract/diagnostics.ts";
import type { ExportOutcome } from "../contract/export-outcome.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { Attempts } from "./attempts.ts";
import { Batch } from "./core/batch.ts";
import { SpanSlot } from "./core/index.ts";
import type { RecordDisk } from "./disk/record-disk.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { SpanRecord } from "./record/span-record.ts";
import { plainRecord } from "./record/testing/plain-record.ts";

function batchOf(names: readonly string[], laneIndex = 0): Batch<SpanRecord> {
  const records = names.map((name) => plainRecord({ id: name, name }));
  const batch = new Batch(
    1,
    laneIndex,
    records.map(() => new SpanSlot<SpanRecord>()),
    records,
  );
  batch.attempt = 1;
  return batch;
}

function setUp(exporters: readonly SpanExporter[], options: Partial<PipelineOptions> = {}, disk?: Partial<RecordDisk>) {
  const clock = new ManualClock();
  const attempts = new Attempts(
    {
      lanes: exporters.map((exporter) => ({ exporter, batch: DEFAULT_BATCH, delivery: DEFAULT_DELIVERY })),
      queue: { maxRecords: 100, maxBytes: 1e6 },
      clock,
      diagnostics: new Diagnostics(new RecordingLogger()),
      seed: 1,
      ...options,
    },
    disk as RecordDisk | undefined,
  );
  const outcomes: ExportOutcome[] = [];
  const begin = (batch: Batch<SpanRecord>) => attempts.begin(batch, (outcome) => outcomes.push(outcome));
  return { clock, attempts, outcomes, begin };
}

test("an exporter gets its lane's snapshots and what it may know of the attempt, and its answer is reported", async () => {
  const seen: unknown[] = [];
  const exporter = new RecordingExporter("second", (batch, { attempt, signal }) => {
    seen.push(
      batch.map(({ name }) => name),
      attempt,
      signal.aborted,
    );
    return { kind: "poison", reason: "no" };
  });
  const { clock, outcomes, begin } = setUp([new RecordingExporter("first"), exporter]);
  const batch = batchOf(["a", "b"], 1);
  batch.attempt = 7;
  begin(batch);
  await clock.settle();
  expect(seen).toEqual([["a", "b"], 7, false]);
  expect(outcomes).toMatchObject([{ kind: "poison", reason: "no" }]);
});

test("what an exporter throws may have been delivered, and is told in one short line", async () => {
  const { clock, outcomes, begin } = setUp([
    new RecordingExporter("back end", () => {
      throw new TypeError(`first\nsecond ${"x".repeat(2_000)}`);
    }),
  ]);
  begin(batchOf(["a"]));
  await clock.settle();
  expect(outcomes).toMatchObject([{ kind: "busy", maybeDelivered: true }]);
  const { reason } = outcomes[0] as { reason: string };
  expect(reason).toMatch(/^exporter threw TypeError: first second x/);
  expect(reason.length).toBeLessThan(1_000);
});

test("an aborted attempt is told to stop, and nothing that comes of it is reported", async () => {
  const answers: ((outcome: ExportOutcome) => void)[] = [];
  const signals: AbortSignal[] = [];
  const exporter = new RecordingExporter("back end", (_, { signal }) => {
    signals.push(signal);
    return new Promise((resolve) => void answers.push(resolve));
  });
  const { clock, attempts, outcomes, begin } = setUp([exporter]);
  const batch = batchOf(["a"]);
  begin(batch);
  await clock.settle();
  attempts.abort(batch);
  expect(signals[0]!.reason).toMatchObject({ name: "TimeoutError", message: "the attempt was aborted" });
  // It is in flight again when the first attempt ends after all.
  begin(batch);
  await clock.settle();
  answers[0]!({ kind: "delivered" });
  await clock.settle();
  expect(outcomes).toEqual([]);
  answers[1]!({ kind: "busy", reason: "second" });
  await clock.settle();
  expect(outcomes).toMatchObject([{ kind: "busy", reason: "second" }]);
  expect(signals[1]!.aborted).toBe(false);
  // What is over, or never began, can't be stopped.
  attempts.abort(batch);
  attempts.abort(batchOf(["b"]));
  expect(signals[1]!.aborted).toBe(false);
});

test("an exporter keeps its list when the batch changes under way", async () => {
  const lists: (readonly { name: string }[])[] = [];
  const { clock, begin } = setUp([
    new RecordingExporter("back end", async (batch) => {
      lists.push(batch);
      return never();
    }),
  ]);
  const batch = batchOf(["a", "b"]);
  begin(batch);
  batch.keep((_, { name }) => name === "b");
  await clock.settle();
  batch.keep(() => false);
  expect(lists[0]!.map(({ name }) => name)).toEqual(["b"]);
});

test("nothing leaves before the disk says that it may, and no later", async () => {
  const asked: string[][] = [];
  let allow = () => {};
  const disk = {
    whenSafeToSend(records: readonly SpanRecord[]) {
      asked.push(records.map(({ name }) => name));
      if (records[0]!.name === "free") return undefined;
      return new Promise<void>((resolve) => {
        allow = resolve;
      });
    },
  };
  const exporter = new RecordingExporter("back end");
  const { clock, begin } = setUp([exporter], {}, disk);
  begin(batchOf(["kept"]));
  begin(batchOf(["free"]));
  await clock.settle();
  expect(asked).toEqual([["kept"], ["free"]]);
  expect(exporter.snapshots.map(({ name }) => name)).toEqual(["free"]);
  allow();
  await clock.settle();
  expect(exporter.snapshots.map(({ name }) => name)).toEqual(["free", "kept"]);
});

test("while what is to be withheld can't be told nothing is sent, and later all is", async () => {
  let isReadable = false;
  const redaction = {
    get keys() {
      if (!isReadable) throw new Error("not now");
      return ["password"];
    },
  };
  const exporter = new RecordingExporter("back end");
  const { clock, outcomes, begin } = setUp([exporter], { redaction });
  const answered = (count: number) =>
    vi.waitUntil(async () => {
      await clock.settle();
      return outcomes.length === count;
    });
  begin(batchOf(["a"]));
  await answered(1);
  expect(outcomes).toEqual([{ kind: "busy", reason: "the redaction can't be loaded" }]);
  expect(exporter.batches).toEqual([]);
  isReadable = true;
  const batch = batchOf(["b"]);
  batch.records[0]!.input = new Capturer().capture({ user: "me", password: "hunter2" });
  begin(batch);
  await answered(2);
  expect(exporter.snapshots).toMatchObject([{ name: "b", input: { user: "me", password: "[REDACTED]" } }]);
});

test("an observer is told of each attempt: whose, how many records, how it ended and how long it took", async () => {
  const ended: unknown[][] = [];
  const answers: ((outcome: ExportOutcome) => void)[] = [];
  const exporter = new RecordingExporter("back end", () => new Promise((resolve) => void answers.push(resolve)));
  const observer = async () => ({ attemptEnded: (...values: unknown[]) => void ended.push(values) });
  const { clock, begin } = setUp([exporter], { observer });
  const batch = batchOf(["a", "b", "c"]);
  begin(batch);
  await clock.advance(70);
  batch.keep(() => false);
  answers[0]!({ kind: "tooLarge" });
  await clock.settle();
  expect(ended).toEqual([["back end", 3, "tooLarge", 70]]);
});

test.each([
  ["can't be had", () => Promise.reject(new Error("no such file"))],
  ["listens to nothing", async () => ({})],
])("an observer that %s changes nothing", async (_, observer) => {
  const { clock, outcomes, begin } = setUp([new RecordingExporter("back end")], { observer });
  begin(batchOf(["a"]));
  await clock.settle();
  expect(outcomes).toEqual([{ kind: "delivered" }]);
});

test("the end closes every exporter, waits for none beyond its time, and survives one that throws", async () => {
  const closed: string[] = [];
  const closing = (name: string, end: () => unknown): SpanExporter => ({
    name,
    export: async () => ({ kind: "delivered" }),
    shutdown: async () => {
      closed.push(name);
      await end();
    },
  });
  const throwing = closing("throws", () => {
    throw new Error("no");
  });
  const plain: SpanExporter = { name: "plain", export: async () => ({ kind: "delivered" }) };
  const { clock, attempts } = setUp([throwing, plain, closing("hangs", never), closing("closes", () => undefined)]);
  let isOver = false;
  const over = attempts.shutdownExporters(500).then(() => {
    isOver = true;
  });
  await clock.advance(499);
  expect(closed).toEqual(["throws", "hangs", "closes"]);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await over;
  const quick = setUp([throwing, plain]);
  await quick.attempts.shutdownExporters(500);
  expect(quick.clock.timerCount).toBe(0);
});

test("an exporter that two send with is closed by the last of them", async () => {
  let closings = 0;
  const shared = new RecordingExporter("shared");
  shared.shutdown = async () => {
    closings += 1;
  };
  const [first, second] = [setUp([shared]), setUp([shared])];
  for (const { clock, begin } of [first, second]) {
    begin(batchOf(["a"]));
    begin(batchOf(["b"]));
    await clock.settle();
  }
  await first.attempts.shutdownExporters(500);
  expect(closings).toBe(0);
  await second.attempts.shutdownExporters(500);
  expect(closings).toBe(1);
});
