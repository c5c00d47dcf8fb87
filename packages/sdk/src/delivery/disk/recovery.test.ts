/** What dead processes left, on its way into the queue: what each record becomes, and how much room all of it takes. */
import { ManualClock } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import {
  contentBytes,
  type Orphan,
  type OrphanEntry,
  type Spool,
  type SpoolBlob,
  type StoredBlob,
} from "../../spool/index.ts";
import type { SpanSlot } from "../core/index.ts";
import type { SpanRecord } from "../record/span-record.ts";
import { plainRecord } from "../record/testing/plain-record.ts";
import { RecordEncoder } from "./records/spooled-record.ts";
import { Recovery } from "./recovery.ts";
import type { SpoolingHost } from "./spooling-host.ts";

const LANES = ["sgp", "otlp"];
const LAST_SIGN_MS = 9_000;
const encoder = new RecordEncoder();

const stored = (blob: SpoolBlob): StoredBlob =>
  ({ bytes: contentBytes(blob.bytes()), blobs: blob.blobs.map(stored), isWhole: true }) as StoredBlob;

function entry(seq: number, record: SpanRecord | "unreadable", more: Partial<OrphanEntry> = {}): OrphanEntry {
  const { head, blobs } = record === "unreadable" ? { head: Buffer.from("?"), blobs: [] } : encoder.encode(record);
  return {
    seq,
    head: contentBytes(head),
    blobs: blobs.map(stored),
    isWhole: true,
    lanes: LANES,
    doubtful: [],
    ...more,
  };
}

const started = (id: string) =>
  plainRecord({ id, name: `start of ${id}`, phase: "started", revision: 0, endMicros: undefined });
const ended = (id: string) => plainRecord({ id, name: `end of ${id}` });

interface FakeOrphan {
  readonly orphan: Orphan;
  /** What it was told, in order. */
  readonly told: unknown[];
}

function orphanWith(entries: readonly OrphanEntry[], more: Partial<Record<keyof Orphan, unknown>> = {}): FakeOrphan {
  const told: unknown[] = [];
  const orphan = {
    bytes: 1,
    inherited: new Map(),
    report: { lanes: [] },
    lastSignOfLifeMs: LAST_SIGN_MS,
    read: async function* () {
      yield* entries;
    },
    settle: (...args: unknown[]) => told.push(["settle", ...args]),
    sent: (...args: unknown[]) => told.push(["sent", ...args]),
    notArrived: (...args: unknown[]) => told.push(["notArrived", ...args]),
    tell: () => told.push("tell"),
    commit: async () => void told.push("commit"),
    ...more,
  } as unknown as Orphan;
  return { orphan, told };
}

/** A queue of two lanes that takes what it is given, and says what happened to it. */
function hostWith(queue = { maxRecords: 100, maxBytes: 1e6 }) {
  const clock = new ManualClock();
  const restored: { record: SpanRecord; ambiguous: number; lanes: number; from: string }[] = [];
  const accounts: unknown[] = [];
  const warnings: string[] = [];
  const counts = { wakes: 0, turns: 0 };
  const lanes = LANES.map((name, index) => ({
    index,
    bit: 1 << index,
    config: { name },
    account: new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: unknown[]) =>
            accounts.push([name, method, ...args]),
      },
    ),
  }));
  const core = {
    isClosed: false,
    heldRecords: 0,
    lanes,
    takes: 3,
    restore(slot: SpanSlot<SpanRecord>, record: SpanRecord, mask: number, from: string) {
      restored.push({ record, ambiguous: slot.ambiguous, lanes: mask, from });
      return mask & core.takes;
    },
  };
  const held = { bytes: 0 };
  const defer = clock.defer.bind(clock);
  const host = {
    core,
    queue,
    heldBytes: () => held.bytes,
    clock: Object.assign(Object.create(clock), {
      defer: (run: () => void) => {
        counts.turns += 1;
        defer(run);
      },
      monotonicMs: () => clock.monotonicMs(),
      schedule: clock.schedule.bind(clock),
    }),
    diagnostics: { warn: (_topic: string, message: string) => warnings.push(message) },
    wake: () => {
      counts.wakes += 1;
    },
  } as unknown as SpoolingHost;
  return { host, core, clock, held, restored, accounts, warnings, counts };
}

function recoveryOf(orphans: readonly Orphan[], queue?: { maxRecords: number; maxBytes: number }) {
  const parts = hostWith(queue);
  const spool = { adopt: async () => ({ orphans, foreign: 0 }) } as unknown as Spool;
  const recovery = new Recovery(spool, parts.host);
  const names = () => parts.restored.map(({ record }) => record.name);
  return { ...parts, recovery, names };
}

async function recovered(orphan: Orphan) {
  const parts = recoveryOf([orphan]);
  await parts.recovery.run();
  return parts;
}

describe("a record of a dead process", () => {
  test("comes back in its lanes as it was", async () => {
    const { orphan, told } = orphanWith([entry(7, ended("a"), { lanes: ["otlp", "of another configuration"] })]);
    const { restored, recovery, counts } = await recovered(orphan);
    expect(restored).toMatchObject([{ ambiguous: 0, lanes: 2, from: "orphan" }]);
    expect(restored[0]!.record).toMatchObject({
      id: "a",
      name: "end of a",
      phase: "ended",
      status: "OK",
      endMicros: 1,
    });
    restored[0]!.record.onDisk!.settle(1, "delivered", true);
    expect(told).toEqual(["commit", ["settle", "otlp", 7, "delivered", true]]);
    expect(recovery.hasBacklog).toBe(false);
    expect(counts.wakes).toBe(2);
  });

  test("that may have been delivered in a lane is in doubt there, and says what becomes of the doubt", async () => {
    const { orphan, told } = orphanWith([entry(7, ended("a"), { doubtful: ["otlp", "of another configuration"] })]);
    const { restored } = await recovered(orphan);
    expect(restored).toMatchObject([{ ambiguous: 2, lanes: 3 }]);
    const place = restored[0]!.record.onDisk!;
    expect(place.doubtfulLanes).toBe(2);
    place.doubt(0, true);
    place.doubt(1, false);
    expect(told.slice(1)).toEqual([
      ["sent", "sgp", 7],
      ["notArrived", "otlp", 7],
    ]);
  });

  test("of lanes that nobody has is left to whoever has them", async () => {
    const { orphan, told } = orphanWith([
      entry(1, ended("a"), { lanes: ["of another configuration"] }),
      entry(2, "unreadable", { lanes: ["of another configuration"] }),
    ]);
    const { restored, accounts } = await recovered(orphan);
    expect([restored, accounts, told]).toEqual([[], [], ["commit"]]);
  });

  test("that can't be read is lost in each of its lanes, and said to be", async () => {
    const { orphan, told } = orphanWith([entry(7, "unreadable", { doubtful: ["otlp"] })]);
    const { restored, accounts } = await recovered(orphan);
    expect(restored).toEqual([]);
    expect(accounts).toEqual([
      ["sgp", "orphansWereLost", 1, "corrupt", 0],
      ["otlp", "orphansWereLost", 1, "corrupt", 1],
    ]);
    expect(told).toEqual([["settle", "sgp", 7, "dropped", false], ["settle", "otlp", 7, "dropped", true], "commit"]);
  });
});

describe("a START of a dead process", () => {
  test("goes into the END that follows", async () => {
    const { orphan, told } = orphanWith([
      entry(1, started("a"), { doubtful: ["sgp"] }),
      entry(2, ended("b")),
      entry(3, ended("a")),
    ]);
    const { names, accounts } = await recovered(orphan);
    expect(names()).toEqual(["end of b", "end of a"]);
    expect(accounts).toEqual([
      ["sgp", "orphanWasCoalesced", true],
      ["otlp", "orphanWasCoalesced", false],
    ]);
    expect(told).toEqual([
      ["settle", "sgp", 1, "coalesced", true],
      ["settle", "otlp", 1, "coalesced", false],
      "commit",
    ]);
  });

  test("that no END follows was interrupted, at the last sign of life, and comes last", async () => {
    const { orphan } = orphanWith([entry(1, started("a")), entry(2, ended("b"))]);
    const { restored, names } = await recovered(orphan);
    expect(names()).toEqual(["end of b", "start of a"]);
    expect(restored[1]!.record).toMatchObject({
      phase: "ended",
      status: "ERROR",
      endMicros: LAST_SIGN_MS * 1_000,
      error: { type: "Interrupted" },
    });
  });

  test("is not what a later version of an open span is", async () => {
    const later = plainRecord({ id: "a", name: "later", phase: "started", revision: 1, endMicros: undefined });
    const { orphan } = orphanWith([entry(1, later), entry(2, ended("b"))]);
    const { restored, names } = await recovered(orphan);
    expect(names()).toEqual(["later", "end of b"]);
    expect(restored[0]!.record.phase).toBe("started");
  });

  test("is not another span's of the same id", async () => {
    const { orphan, told } = orphanWith([
      entry(1, started("a")),
      entry(2, plainRecord({ traceId: "other", id: "a", name: "end of another" })),
    ]);
    expect((await recovered(orphan)).names()).toEqual(["end of another", "start of a"]);
    expect(told).toEqual(["commit"]);
  });
});

describe("losses", () => {
  const inherited = (dropped: number, maybeDelivered = 0) => ({
    inherited: new Map([
      ["sgp", { dropped, maybeDelivered }],
      ["of another configuration", { dropped: 1, maybeDelivered: 0 }],
    ]),
  });

  test("that dead processes had are each lane's, and said once, in sum", async () => {
    const { accounts, warnings, recovery } = recoveryOf([
      orphanWith([], inherited(2, 1)).orphan,
      orphanWith([], inherited(3)).orphan,
    ]);
    await recovery.run();
    expect(accounts).toEqual([
      ["sgp", "inherits", 2, 1],
      ["sgp", "inherits", 3, 0],
    ]);
    expect(warnings).toEqual([expect.stringContaining("had lost 7 records")]);
  });

  test("of which there are none are not spoken of", async () => {
    const none = { inherited: new Map([["sgp", { dropped: 0, maybeDelivered: 0 }]]) };
    expect((await recovered(orphanWith([], none).orphan)).warnings).toEqual([]);
  });

  test("that lie there alone are kept for 64 processes; of more the oldest are told now", async () => {
    const accountsOnly = Array.from({ length: 67 }, () => orphanWith([], { bytes: 0 }));
    const withRecords = orphanWith([]);
    await recoveryOf([withRecords, ...accountsOnly].map(({ orphan }) => orphan)).recovery.run();
    const isTold = ({ told }: FakeOrphan) => told.includes("tell");
    expect(accountsOnly.map(isTold)).toEqual(accountsOnly.map((_, index) => index < 3));
    expect(isTold(withRecords)).toBe(false);
  });

  test("that the reading found are each lane's, by what they are, and said in sum", async () => {
    const lanes = [
      { lane: "sgp", corrupt: 2, crash: 3, maybeDelivered: 1 },
      { lane: "of another configuration", corrupt: 50, crash: 50, maybeDelivered: 0 },
    ];
    const { accounts, warnings } = await recovered(orphanWith([], { report: { lanes } }).orphan);
    expect(accounts).toEqual([
      ["sgp", "orphansWereLost", 2, "corrupt", 0],
      ["sgp", "orphansWereLost", 3, "crash", 1],
    ]);
    expect(warnings).toEqual([expect.stringContaining("lost 5 records")]);
  });

  test("can't be known where there is no report", async () => {
    const { accounts, warnings } = await recovered(orphanWith([], { report: undefined }).orphan);
    expect([accounts, warnings]).toEqual([[], []]);
  });
});

describe("room", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => entry(index + 1, ended(`${index + 1}`)));
  const bytes = ended("1").bytes;

  test.each<[what: string, queue: { maxRecords: number; maxBytes: number }, taken: number]>([
    ["a quarter of the queue's records", { maxRecords: 12, maxBytes: 1e6 }, 3],
    ["a quarter of the queue's bytes, the last one just not", { maxRecords: 100, maxBytes: bytes * 8 }, 1],
    ["a quarter of the queue's bytes", { maxRecords: 100, maxBytes: bytes * 8 + 4 }, 2],
    ["one at least", { maxRecords: 1, maxBytes: 1 }, 1],
  ])("is taken for %s, and then for one whenever one is done", async (_what, queue, taken) => {
    const { orphan, told } = orphanWith(many(6));
    const { recovery, restored, clock } = recoveryOf([orphan], queue);
    const running = recovery.run();
    await clock.settle();
    expect(restored).toHaveLength(taken);
    expect(recovery.hasBacklog).toBe(true);
    for (let done = 0; done < 6; done += 1) {
      expect(restored).toHaveLength(Math.min(6, done + taken));
      const { onDisk } = restored[done]!.record;
      onDisk!.settle(0, "delivered", false);
      await clock.settle();
      expect(restored, "another lane still holds it").toHaveLength(Math.min(6, done + taken));
      onDisk!.settle(1, "delivered", false);
      await clock.settle();
    }
    await running;
    expect(told.filter((said) => said === "commit")).toHaveLength(1);
  });

  test("is not where new records fill the queue, until that is said to have changed", async () => {
    for (const fill of ["records", "bytes"] as const) {
      const { orphan } = orphanWith(many(1));
      const { recovery, restored, clock, core, held } = recoveryOf([orphan], { maxRecords: 10, maxBytes: 10_000 });
      core.heldRecords = fill === "records" ? 10 : 1;
      held.bytes = fill === "bytes" ? 10_001 - bytes : 0;
      const running = recovery.run();
      await clock.settle();
      recovery.noteRoom();
      await clock.settle();
      expect(restored).toEqual([]);
      core.heldRecords = 9;
      held.bytes = 10_000 - bytes;
      await clock.settle();
      expect(restored).toEqual([]);
      recovery.noteRoom();
      await running;
      expect(restored).toHaveLength(1);
    }
  });

  test("is given back by the lanes that did not take the record", async () => {
    const { orphan } = orphanWith(many(3));
    const { recovery, restored, core, clock } = recoveryOf([orphan], { maxRecords: 4, maxBytes: 1e6 });
    core.takes = 0;
    const running = recovery.run();
    await clock.settle();
    expect(restored).toHaveLength(3);
    await running;
  });

  test("is given to others after each 64 records", async () => {
    const parts = recoveryOf([orphanWith(many(130)).orphan], { maxRecords: 1_000, maxBytes: 1e9 });
    const running = parts.recovery.run();
    await parts.clock.settle();
    await running;
    expect([parts.restored.length, parts.counts.turns]).toEqual([130, 2]);
  });
});

describe("a recovery", () => {
  test("that fails is said and over; one orphan that can't be read keeps nobody from the others", async () => {
    const broken = orphanWith([], {
      read: async function* () {
        yield* [];
        throw new Error("EIO");
      },
    });
    const { recovery, names, warnings } = recoveryOf([broken.orphan, orphanWith([entry(1, ended("a"))]).orphan]);
    await recovery.run();
    expect(names()).toEqual(["end of a"]);
    expect(warnings).toEqual(["spool: what an earlier process left could not be read: EIO"]);
    expect(recovery.hasBacklog).toBe(false);
  });

  test("of which nothing can be adopted is over too", async () => {
    const { host, warnings, counts } = hostWith();
    const recovery = new Recovery({ adopt: () => Promise.reject("no") } as unknown as Spool, host);
    expect(recovery.hasBacklog).toBe(true);
    await recovery.run();
    expect(recovery.hasBacklog).toBe(false);
    expect(warnings).toEqual(["spool: what an earlier process left could not be read: no"]);
    expect(counts.wakes).toBe(1);
  });

  test("ends where the process shuts down, between records and before those that were interrupted", async () => {
    for (const [entries, named] of [
      [[entry(1, ended("a")), entry(2, ended("b"))], ["end of a"]],
      [[entry(1, started("s")), entry(2, started("t")), entry(3, ended("a"))], ["end of a"]],
    ] as const) {
      const { orphan, told } = orphanWith(entries);
      const { recovery, core, names } = recoveryOf([orphan]);
      const { restore } = core;
      core.restore = (...args) => {
        core.isClosed = true;
        return restore(...args);
      };
      await recovery.run();
      expect(names()).toEqual(named);
      expect(told).toEqual([]);
    }
  });
});
