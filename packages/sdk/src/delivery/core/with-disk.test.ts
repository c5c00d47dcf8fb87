/** The core beside a disk: what lies there leaves memory first, comes back, and is waited for. */
import { type BackEnd, DELIVERED, ScriptedDelivery, type SimRecord, wellBackEnd } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import type { CoreDisk } from "./record.ts";

const hung: BackEnd = () => undefined;

class NotedDisk implements CoreDisk<SimRecord> {
  isFull = false;
  hasBacklog = false;
  isKeeping = true;
  readonly notes: string[] = [];
  keeps(): boolean {
    return this.isKeeping;
  }
  doubted(lane: number, { id }: SimRecord, isInDoubt: boolean): void {
    this.notes.push(`${id} ${isInDoubt ? "in doubt" : "in no doubt"} for ${lane}`);
  }
  settled(lane: number, { id }: SimRecord, as: string, maybeDelivered: boolean): void {
    this.notes.push(`${id} ${as}${maybeDelivered ? ", maybe delivered," : ""} for ${lane}`);
  }
  spilled(lane: number, { id }: SimRecord, isFinal: boolean): void {
    this.notes.push(`${id} ${isFinal ? "left" : "spilled"} for ${lane}`);
  }
}

describe("a record that comes back from disk", () => {
  const setUp = () => {
    const disk = new NotedDisk();
    const lanes = {
      a: { backEnd: wellBackEnd },
      b: { backEnd: wellBackEnd },
      off: { backEnd: wellBackEnd, disabled: true },
    };
    return new ScriptedDelivery({ disk, lanes });
  };

  test.each([
    ["one of the lanes", 0b010, 0b010],
    ["two", 0b011, 0b011],
    ["none that is closed", 0b111, 0b011],
    ["only a closed one", 0b100, 0],
    ["nobody", 0, 0],
  ])("goes into those that it is for and that are open: %s", (_, lanes, taken) => {
    const delivery = setUp();
    expect(delivery.restore("r", lanes, "orphan")).toBe(taken);
    expect(delivery.core.heldRecords).toBe(taken === 0 ? 0 : 1);
    expect(delivery.core.wakeAtMs).toBe(taken === 0 ? Number.POSITIVE_INFINITY : 250);
    delivery.runTo(1_000);
    const names = ["a", "b", "off"].filter((_, index) => (taken & (1 << index)) !== 0);
    expect(delivery.requests.map(({ lane }) => lane)).toEqual(names);
    for (const name of names) expect(delivery.ledger(name)).toMatchObject({ recovered: 1, delivered: 1, imbalance: 0 });
    expect(delivery.core.heldRecords).toBe(0);
  });

  test("was another process's and is recovered, or is taken back", () => {
    const delivery = setUp();
    delivery.restore("mine", 0b001, "spool");
    delivery.restore("theirs", 0b001, "orphan");
    expect(delivery.ledger("a")).toMatchObject({ recovered: 1, spooled: -1, queued: 2 });
  });

  test("counts for the flush that waits", () => {
    const slow: BackEnd = () => ({ afterMs: 10, outcome: DELIVERED });
    const delivery = new ScriptedDelivery({ disk: new NotedDisk(), lanes: { a: { backEnd: slow } } });
    delivery.offer("own");
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 10_000 });
    delivery.runTo(5);
    delivery.restore("back", 1, "orphan");
    delivery.runTo(14);
    expect(delivery.requests.map(({ atMs }) => atMs)).toEqual([0, 5]);
    expect(delivery.effects.map(({ kind }) => kind)).toEqual(["send", "send"]);
    delivery.runTo(15);
    expect(delivery.effects.at(-1)).toMatchObject({ kind: "flushed", timedOut: false });
  });
});

describe("while more is to come from disk", () => {
  test.each(["flush", "shutdown"] as const)("a %s waits for it, does not linger, and ends when it has come", (kind) => {
    const disk = new NotedDisk();
    disk.hasBacklog = true;
    const delivery = new ScriptedDelivery({ disk, lanes: { a: { backEnd: wellBackEnd } } });
    delivery.step(kind === "flush" ? { kind, flushId: 1, timeoutMs: 10_000 } : { kind, timeoutMs: 10_000 });
    delivery.runTo(100);
    delivery.restore("back", 1, "orphan");
    delivery.runTo(200);
    expect(delivery.requests.map(({ atMs }) => atMs)).toEqual([100]);
    expect(delivery.effects.map((effect) => effect.kind)).toEqual(["send"]);
    disk.hasBacklog = false;
    delivery.step({ kind: "timer" });
    expect(delivery.effects.at(-1)).toMatchObject({ timedOut: false, lossless: true });
  });

  test("a flush says when its time is up, and a lane that is empty wakes for nothing else", () => {
    const disk = new NotedDisk();
    disk.hasBacklog = true;
    const delivery = new ScriptedDelivery({ disk, lanes: { a: { backEnd: wellBackEnd } } });
    delivery.step({ kind: "flush", flushId: 1, timeoutMs: 3_000 });
    expect(delivery.core.wakeAtMs).toBe(3_000);
    delivery.runTo(3_000);
    expect(delivery.effects).toEqual([{ kind: "flushed", flushId: 1, timedOut: true, lossless: true }]);
  });
});

describe("a full queue with a disk", () => {
  test("lets go of the oldest for every lane, loses nothing, and tells the disk", () => {
    const disk = new NotedDisk();
    const delivery = new ScriptedDelivery({
      disk,
      lanes: { a: { backEnd: hung }, b: { backEnd: hung } },
      queue: { maxRecords: 2 },
    });
    for (const id of ["1", "2", "3"]) delivery.offer(id);
    expect(disk.notes).toEqual(["1 spilled for 0", "1 spilled for 1"]);
    for (const name of ["a", "b"])
      expect(delivery.ledger(name)).toMatchObject({ queued: 2, spooled: 1, droppedTotal: 0, imbalance: 0 });
    expect(delivery.core.heldRecords).toBe(2);
    expect(delivery.effects).toEqual([]);
  });

  test.each([
    [false, "queue_full"],
    [true, "spool_full"],
  ])("that does not keep the record drops it; the disk full: %s, because of %s", (isFull, reason) => {
    const disk = new NotedDisk();
    disk.isKeeping = false;
    disk.isFull = isFull;
    const delivery = new ScriptedDelivery({ disk, lanes: { a: { backEnd: hung } }, queue: { maxRecords: 2 } });
    for (const id of ["1", "2", "3"]) delivery.offer(id);
    expect(delivery.ledger("a").dropped).toMatchObject({ [reason]: 1 });
    expect(disk.notes).toEqual([expect.stringMatching(/^\d dropped for 0$/)]);
    delivery.runTo(0);
    expect(delivery.core.heldRecords).toBe(2);
  });

  test("lets go of what is to be tried again, too", () => {
    const disk = new NotedDisk();
    const busy: BackEnd = () => ({ afterMs: 1, outcome: { kind: "busy", reason: "503", maybeDelivered: true } });
    const lanes = { a: { backEnd: busy, batch: { maxRecords: 2, lingerMs: 0 }, delivery: { concurrency: 1 } } };
    const delivery = new ScriptedDelivery({ disk, lanes, queue: { maxRecords: 2 } });
    delivery.offer("1");
    delivery.offer("2");
    delivery.runTo(2);
    disk.notes.length = 0;
    delivery.offer("3");
    expect(delivery.core.heldRecords).toBe(2);
    expect(delivery.ledger("a")).toMatchObject({ spooled: 1, droppedTotal: 0, imbalance: 0 });
    expect(disk.notes).toEqual([expect.stringContaining("spilled for 0")]);
  });

  test("a copy without payloads, made for one lane, is not held beside the bound", () => {
    const disk = new NotedDisk();
    let asked = 0;
    const strict: BackEnd = () => ({ afterMs: 1, outcome: asked++ === 0 ? { kind: "tooLarge" } : DELIVERED });
    const lanes = { other: { backEnd: hung }, strict: { backEnd: strict, batch: { lingerMs: 0 } } };
    const delivery = new ScriptedDelivery({ disk, lanes, queue: { maxRecords: 2 } });
    delivery.offer("heavy", "ended", 50_000);
    delivery.offer("light");
    delivery.runTo(1);
    expect(delivery.ledger("strict").shedPayloads).toBe(0);
    delivery.runTo(100);
    expect(delivery.core.heldRecords).toBeLessThanOrEqual(2);
    for (const name of ["other", "strict"])
      expect(delivery.ledger(name)).toMatchObject({ imbalance: 0, droppedTotal: 0 });
  });
});

describe("a shutdown with a disk", () => {
  test("leaves to it what could not be delivered: it is pending there, and not lost", () => {
    const disk = new NotedDisk();
    const lanes = { a: { backEnd: hung, batch: { maxRecords: 1 }, delivery: { concurrency: 1 } } };
    const delivery = new ScriptedDelivery({ disk, lanes });
    delivery.offer("sent");
    delivery.offer("queued");
    delivery.step({ kind: "shutdown", timeoutMs: 100 });
    delivery.runTo(100);
    expect(delivery.ledger("a")).toMatchObject({ spooled: 2, droppedTotal: 0, maybeDelivered: 0, imbalance: 0 });
    expect(disk.notes).toEqual(["sent in doubt for 0", "sent left for 0", "queued left for 0"]);
    expect(delivery.effects.at(-1)).toEqual({ kind: "closed", timedOut: true, lossless: true });
    expect(delivery.core.heldRecords).toBe(0);
  });

  test("drops what it does not keep", () => {
    const disk = new NotedDisk();
    disk.isKeeping = false;
    const lanes = { a: { backEnd: hung, batch: { maxRecords: 1 }, delivery: { concurrency: 1 } } };
    const delivery = new ScriptedDelivery({ disk, lanes });
    delivery.offer("sent");
    delivery.offer("queued");
    delivery.step({ kind: "shutdown", timeoutMs: 100 });
    delivery.runTo(100);
    expect(delivery.ledger("a").dropped.shutdown_timeout).toBe(2);
    expect(delivery.ledger("a").maybeDelivered).toBe(1);
    expect(disk.notes.slice(1)).toEqual(["sent dropped, maybe delivered, for 0", "queued dropped for 0"]);
  });
});

test("a record that waits behind an older one of its span can be let go of, and is not sent afterwards", () => {
  let answer = { afterMs: 10_000, outcome: DELIVERED };
  const lanes = { a: { backEnd: () => answer, batch: { lingerMs: 0 }, delivery: { attemptTimeoutMs: 60_000 } } };
  const delivery = new ScriptedDelivery({ lanes, queue: { maxRecords: 1 } });
  delivery.offer("span", "started");
  delivery.runTo(1);
  answer = { afterMs: 1, outcome: DELIVERED };
  delivery.offer("span", "ended");
  expect(delivery.core.heldRecords).toBe(1);
  delivery.runTo(20_000);
  expect(delivery.requests.map(({ records }) => records)).toEqual([["span@1"]]);
  expect(delivery.ledger("a")).toMatchObject({ delivered: 1, pending: 0, imbalance: 0, maybeDelivered: 0 });
  expect(delivery.ledger("a").dropped.queue_full).toBe(1);
});

test("a lane that is disabled asks for no timer", () => {
  const lanes = {
    off: { backEnd: wellBackEnd, disabled: true, delivery: { deliveryTimeoutMs: 100 } },
    well: { backEnd: wellBackEnd },
  };
  const delivery = new ScriptedDelivery({ lanes });
  delivery.offer("a");
  expect(delivery.core.wakeAtMs).toBe(250);
});
