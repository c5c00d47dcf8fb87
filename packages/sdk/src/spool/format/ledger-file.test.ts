import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { runOffLoop, runSync } from "../disk/steps.ts";
import { NO_DOUBT } from "./doubt.ts";
import {
  decodeSlot,
  encodeSlot,
  type LaneAccount,
  LEDGER_SLOT_BYTES,
  LedgerWriter,
  laneHash,
  NOTHING_UNTOLD,
  readLedger,
  slotSalt,
} from "./ledger-file.ts";
import { SeqSet } from "./seq-set.ts";

const ID = "0123456789abcdef".repeat(2);

const lane = (name: string, more: Partial<LaneAccount> = {}): LaneAccount => ({
  laneHash: laneHash(name),
  counts: { created: 9, delivered: 4, coalesced: 2, dropped: 1 },
  settled: SeqSet.of([{ first: 1, last: 7 }]),
  untold: NOTHING_UNTOLD,
  doubt: NO_DOUBT,
  ...more,
});

function ledger() {
  const disk = new SimulatedDisk(new ManualClock());
  const fd = disk.sync.open("/ledger", "create");
  const writer = new LedgerWriter(ID);
  const content = (captured: number) => ({ captured, writtenMs: 5, lanes: [lane("a")] });
  const write = (captured: number) => runSync(disk, writer.write(fd, content(captured)));
  const read = (of: SimulatedDisk = disk) => runSync(of, readLedger("/ledger", ID));
  return { disk, fd, writer, content, write, read };
}

describe("a ledger", () => {
  test("says what was written last, and before that what was written before", () => {
    const { disk, write, read } = ledger();
    expect(read()).toBeUndefined();
    for (let captured = 1; captured <= 5; captured += 1) {
      write(captured);
      expect(read()).toMatchObject({ captured, generation: captured });
      for (const slot of [0, 1]) {
        const damaged = disk.imageAt(disk.log.length);
        damaged.corrupt("/ledger", (bytes) => {
          bytes.subarray(slot * LEDGER_SLOT_BYTES, (slot + 1) * LEDGER_SLOT_BYTES).fill(0);
          return bytes;
        });
        const left = slot === captured % 2 ? captured - 1 : captured;
        expect(read(damaged)?.captured).toBe(left === 0 ? undefined : left);
      }
    }
    expect(runSync(disk, readLedger("/none", ID))).toBeUndefined();
    expect(runSync(disk, readLedger("/ledger", "f".repeat(32)))).toBeUndefined();
  });

  test("goes on where that of a dead process ended", () => {
    const { disk, fd, write, read, content } = ledger();
    write(1);
    runSync(disk, new LedgerWriter(ID, 1).write(fd, content(2)));
    expect(read()).toMatchObject({ captured: 2, generation: 2 });
  });

  test("that is written within a turn, while a write is under way, leaves that one's slot alone", async () => {
    const { disk, fd, writer, content, write, read } = ledger();
    write(1);
    write(2);
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    disk.onHold = ({ name }) => (name === "write" ? held : undefined);
    const underWay = runOffLoop(disk, writer.write(fd, content(3)));
    for (let captured = 4; captured <= 6; captured += 1) {
      write(captured);
      expect(read()?.captured).toBe(captured);
      expect(read()!.generation % 2).toBe(0);
    }
    disk.onHold = () => undefined;
    answer();
    await underWay;
    expect(read()?.captured).toBe(6);
    write(7);
    expect(read()).toMatchObject({ captured: 7 });
    expect(read()!.generation % 2).toBe(1);
  });

  test("that could not be written is tried in the other slot, then again in this one", () => {
    const { disk, write, read } = ledger();
    write(1);
    disk.onCall = ({ name }) => (name === "write" ? { code: "EIO" } : undefined);
    expect(() => write(2)).toThrow("EIO");
    disk.onCall = () => undefined;
    write(3);
    write(4);
    expect(read()?.captured).toBe(4);
  });
});

describe("a slot", () => {
  const salt = slotSalt(ID);
  const slot = { generation: 3, captured: 9, writtenMs: 5, lanes: [lane("a"), lane("b"), lane("c")] };
  const runs = (count: number) => SeqSet.of(Array.from({ length: count }, (_, i) => ({ first: 2 * i, last: 2 * i })));

  test("has room for every lane, however many holes and doubts each has", () => {
    for (const count of [0, 10, 50, 400, 1_000]) {
      const lanes = ["a", "b", "c"].map((name) =>
        lane(name, { settled: runs(count), doubt: { seqs: runs(count), unnumbered: count } }),
      );
      const bytes = encodeSlot({ ...slot, lanes }, salt, Buffer.alloc(LEDGER_SLOT_BYTES));
      const read = decodeSlot(bytes, salt)!;
      expect(read.lanes.map(({ laneHash }) => laneHash)).toEqual(lanes.map(({ laneHash }) => laneHash));
      expect(read.lanes.map(({ doubt }) => doubt.unnumbered)).toEqual([count, count, count]);
      for (const { settled, doubt } of read.lanes) {
        if (read.isComplete) expect(settled.ranges).toEqual(runs(count).ranges);
        const { ranges } = doubt.seqs;
        expect([ranges.at(0)?.first, ranges.at(-1)?.last]).toEqual(
          count === 0 ? [undefined, undefined] : [0, 2 * count - 2],
        );
      }
    }
  });

  test("of an earlier version has no doubts", () => {
    const bytes = encodeSlot({ ...slot, lanes: [] }, salt, Buffer.alloc(LEDGER_SLOT_BYTES, 0xff));
    expect(decodeSlot(bytes, salt)).toEqual({ generation: 3, captured: 9, writtenMs: 5, isComplete: true, lanes: [] });
  });

  test("has the same bytes whatever lay there before", () => {
    const [zeros, ones] = [0, 0xff].map((fill) => encodeSlot(slot, salt, Buffer.alloc(LEDGER_SLOT_BYTES, fill)));
    expect(zeros!.equals(ones!)).toBe(true);
  });

  test.each([0, 3, 47])("of %i bytes is none", (length) => {
    const bytes = encodeSlot(slot, salt, Buffer.alloc(LEDGER_SLOT_BYTES));
    expect(decodeSlot(bytes.subarray(0, length), salt)).toBeUndefined();
  });
});
