import { createHash } from "node:crypto";
import { readStart, writeFully } from "../disk/file-steps.ts";
import type { Fd, SpoolCalls } from "../disk/spool-fs.ts";
import { runSync, type Steps } from "../disk/steps.ts";
import { crc32c } from "./crc32c.ts";
import { DOUBT_BYTES, type Doubt, NO_DOUBT, readDoubt, writeDoubt } from "./doubt.ts";
import { readRanges, writeRanges } from "./seq-ranges.ts";
import { SeqSet } from "./seq-set.ts";
import { readU64, writeU64 } from "./u64.ts";

/**
 * The `ledger` file: the account and the cursor of each lane in one slot, two slots written alternately.
 *
 * Account and cursor share a slot because only together they are exact: a record is counted as delivered in the same
 * write that marks it as settled, so whatever moment the process dies at, what is pending by the account is what the
 * cursor leaves unsettled, on disk or lost. Each slot has a checksum and a generation; the newest intact one holds.
 */
export const LEDGER_SLOT_BYTES = 8192;
const SLOT_MAGIC = Buffer.from("EvL1", "latin1").readUInt32LE(0);
const SLOT_HEADER_BYTES = 48;
const LANE_BYTES = 56;
const CRC_AT = 44;
const UINT32_MAX = 0xffff_ffff;

/** Counts of records, per lane, of one incarnation. `created` includes what was refused before it had a number. */
export interface LaneCounts {
  readonly created: number;
  readonly delivered: number;
  readonly coalesced: number;
  readonly dropped: number;
}

/** Losses that no process which ended in order has told of. */
export interface Untold {
  readonly dropped: number;
  /** Of what was dropped or coalesced: how many an attempt without an answer may have delivered. */
  readonly maybeDelivered: number;
}

export const NOTHING_UNTOLD: Untold = { dropped: 0, maybeDelivered: 0 };

/** What the ledger says of a lane besides what is settled. */
export interface LaneState {
  readonly counts: LaneCounts;
  readonly untold: Untold;
  readonly doubt: Doubt;
}

export interface LaneAccount extends LaneState {
  readonly laneHash: string;
  /** Delivered, coalesced or dropped in this lane, or never meant for it. */
  readonly settled: SeqSet;
}

export interface LedgerSlot {
  readonly generation: number;
  /** The highest number given to a record. */
  readonly captured: number;
  /** Wall time of the write; with the frames' times the last sign of life. */
  readonly writtenMs: number;
  /** False when there were more holes than a slot holds: some settled records then look unsettled. */
  readonly isComplete: boolean;
  readonly lanes: readonly LaneAccount[];
}

type SlotContent = Omit<LedgerSlot, "generation" | "isComplete">;

export const NO_COUNTS: LaneCounts = { created: 0, delivered: 0, coalesced: 0, dropped: 0 };

/** Names a lane on disk: 64 bits as 16 hex digits, the same in every process and version. */
export function laneHash(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 16);
}

/** Ties slots to their incarnation: a ledger copied from elsewhere is no ledger here. */
export function slotSalt(incarnationId: string): number {
  return crc32c(Buffer.from(`${incarnationId}/ledger`, "latin1"));
}

/** `salt` is the incarnation's, see `slotSalt`. Answers the used part of `target`. */
export function encodeSlot(slot: Omit<LedgerSlot, "isComplete">, salt: number, target: Buffer): Buffer {
  target.writeUInt32LE(SLOT_MAGIC, 0);
  writeU64(target, slot.generation, 8);
  writeU64(target, slot.captured, 16);
  writeU64(target, Math.max(0, Math.floor(slot.writtenMs)), 24);
  target.writeUInt16LE(slot.lanes.length, 32);
  target.writeUInt32LE(0, 36);
  target.writeUInt32LE(0, 40);
  let at = SLOT_HEADER_BYTES;
  let isComplete = true;
  for (const [index, lane] of slot.lanes.entries()) {
    const following = (slot.lanes.length - index - 1) * LANE_BYTES + slot.lanes.length * DOUBT_BYTES;
    const end = encodeLane(lane, target, at, target.length - following);
    isComplete &&= end.isComplete;
    at = end.at;
  }
  for (const [index, { doubt }] of slot.lanes.entries()) {
    at = writeDoubt(doubt, target, at, target.length - (slot.lanes.length - index - 1) * DOUBT_BYTES);
  }
  target.writeUInt16LE(isComplete ? 1 : 0, 34);
  target.writeUInt32LE(at, 4);
  target.writeUInt32LE(slotChecksum(target, at, salt), CRC_AT);
  return target.subarray(0, at);
}

function slotChecksum(slot: Buffer, usedBytes: number, salt: number): number {
  return crc32c(slot, crc32c(slot, salt, 0, CRC_AT), SLOT_HEADER_BYTES, usedBytes);
}

function encodeLane(lane: LaneAccount, target: Buffer, at: number, limit: number): { at: number; isComplete: boolean } {
  target.write(lane.laneHash, at, 8, "hex");
  const { created, delivered, coalesced, dropped } = lane.counts;
  for (const [index, count] of [created, delivered, coalesced, dropped].entries()) {
    writeU64(target, count, at + 8 + index * 8);
  }
  const { ranges } = lane.settled;
  const { written, at: next } = writeRanges(target, at + LANE_BYTES, ranges, limit);
  target.writeUInt32LE(written, at + 40);
  target.writeUInt32LE(next - at - LANE_BYTES, at + 44);
  target.writeUInt32LE(Math.min(lane.untold.dropped, UINT32_MAX), at + 48);
  target.writeUInt32LE(Math.min(lane.untold.maybeDelivered, UINT32_MAX), at + 52);
  return { at: next, isComplete: written === ranges.length };
}

/** Undefined for anything but an intact slot of this incarnation that agrees with itself. */
export function decodeSlot(slot: Buffer, salt: number): LedgerSlot | undefined {
  if (slot.length < SLOT_HEADER_BYTES || slot.readUInt32LE(0) !== SLOT_MAGIC) return undefined;
  const usedBytes = slot.readUInt32LE(4);
  if (usedBytes < SLOT_HEADER_BYTES || usedBytes > slot.length) return undefined;
  if (slotChecksum(slot, usedBytes, salt) !== slot.readUInt32LE(CRC_AT)) return undefined;
  const captured = readU64(slot, 16);
  const lanes: { -readonly [Key in keyof LaneAccount]: LaneAccount[Key] }[] = [];
  let at = SLOT_HEADER_BYTES;
  for (let index = 0; index < slot.readUInt16LE(32); index += 1) {
    const lane = decodeLane(slot, at);
    at += LANE_BYTES + slot.readUInt32LE(at + 44);
    lanes.push(lane);
  }
  // Absent in the ledgers of earlier versions.
  for (const lane of at < usedBytes ? lanes : []) {
    const read = readDoubt(slot, at);
    lane.doubt = read.doubt;
    at = read.at;
  }
  return {
    generation: readU64(slot, 8),
    captured,
    writtenMs: readU64(slot, 24),
    isComplete: slot.readUInt16LE(34) === 1,
    lanes,
  };
}

function decodeLane(slot: Buffer, at: number): LaneAccount {
  const [created, delivered, coalesced, dropped] = [0, 1, 2, 3].map((index) => readU64(slot, at + 8 + index * 8)) as [
    number,
    number,
    number,
    number,
  ];
  const { ranges } = readRanges(slot, at + LANE_BYTES, slot.readUInt32LE(at + 40));
  const counts = { created, delivered, coalesced, dropped };
  const untold = { dropped: slot.readUInt32LE(at + 48), maybeDelivered: slot.readUInt32LE(at + 52) };
  return { laneHash: slot.toString("hex", at, at + 8), counts, settled: SeqSet.of(ranges), untold, doubt: NO_DOUBT };
}

/** The newest intact slot of a ledger file, or undefined when there is none. */
export function* readLedger(path: string, incarnationId: string): Steps<LedgerSlot | undefined> {
  const bytes = yield* readStart(path, 2 * LEDGER_SLOT_BYTES);
  if (bytes === undefined) return undefined;
  const salt = slotSalt(incarnationId);
  const slots = [0, 1].map((index) =>
    decodeSlot(bytes.subarray(index * LEDGER_SLOT_BYTES, (index + 1) * LEDGER_SLOT_BYTES), salt),
  );
  return slots.reduce((best, slot) => ((slot?.generation ?? -1) > (best?.generation ?? -1) ? slot : best), undefined);
}

/** Writes slots in turn. A torn write ruins the older slot only. */
export class LedgerWriter {
  readonly #salt: number;
  readonly #buffer = Buffer.alloc(LEDGER_SLOT_BYTES);
  #generation: number;
  /** A write off the event loop is under way there; one within this turn takes the other slot. */
  #busySlot: number | undefined;

  constructor(incarnationId: string, generation = 0) {
    this.#salt = slotSalt(incarnationId);
    this.#generation = generation;
  }

  *write(fd: Fd, content: SlotContent): Steps<void> {
    const busySlot = this.#busySlot;
    const { slot, bytes } = this.#next(content);
    this.#busySlot = busySlot ?? slot;
    try {
      // A copy: this write may still be reading when the next begins.
      yield* writeFully(fd, Buffer.from(bytes), slot * LEDGER_SLOT_BYTES);
    } finally {
      this.#busySlot = busySlot;
    }
  }

  /** The same within this turn, for what is called for every burst of records: no protocol and no copy. */
  writeSync(fs: SpoolCalls, fd: Fd, content: SlotContent): void {
    const { slot, bytes } = this.#next(content);
    const at = slot * LEDGER_SLOT_BYTES;
    const written = fs.write(fd, bytes, at);
    if (written < bytes.length) runSync({ sync: fs }, writeFully(fd, bytes.subarray(written), at + written));
  }

  #next(content: SlotContent): { slot: number; bytes: Buffer } {
    do this.#generation += 1;
    while (this.slotOf(this.#generation) === this.#busySlot);
    const generation = this.#generation;
    const bytes = encodeSlot({ ...content, generation }, this.#salt, this.#buffer);
    return { slot: this.slotOf(generation), bytes };
  }

  protected slotOf(generation: number): number {
    return generation % 2;
  }
}
