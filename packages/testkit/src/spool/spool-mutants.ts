import {
  CarryOver,
  LaneTable,
  LedgerWriter,
  LiveSegments,
  type NumberedEntry,
  type OffLoop,
  Orphan,
  SegmentEncoder,
  SegmentScanner,
  SeqSet,
  type SpoolBlob,
  type SpoolCalls,
  type SpoolFs,
  SpoolWriter,
  WatermarkBoard,
} from "everspan/internals";
import { redefine } from "../redefine.ts";
import { planted } from "./planted.ts";

/** A bug that somebody could write. The simulation must notice each. */
export interface SpoolMutant {
  readonly name: string;
  /** Plants it and answers how to take it out. */
  plant(): () => void;
}

/** Replaces a method; the replacement is given the original. */
function method<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  change: (original: Target[Name]) => Target[Name],
): () => void {
  return redefine(target, name, ({ value }) => ({ value: change(value) }));
}

/** Replaces calls of the file system, the synchronous ones and those off the event loop alike. */
function brokenCalls(change: (calls: SpoolCalls) => Partial<SpoolCalls>): () => void {
  const original = planted.fs;
  planted.fs = (fs) => {
    const broken = change(fs.sync);
    return { sync: { ...fs.sync, ...broken }, offLoop: { ...fs.offLoop, ...offLoop(broken) } } satisfies SpoolFs;
  };
  return () => {
    planted.fs = original;
  };
}

function offLoop(calls: Partial<SpoolCalls>): Partial<OffLoop<SpoolCalls>> {
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      async (...args: unknown[]) => (call as (...args: unknown[]) => unknown)(...args),
    ]),
  );
}

const isSegment = (path: string) => path.endsWith(".seg");

export const SPOOL_MUTANTS: readonly SpoolMutant[] = [
  {
    name: "the reader skips the checksum",
    plant: () =>
      method(
        SegmentScanner.prototype as unknown as {
          isFrame(bytes: Buffer, at: number, header: { payloadBytes: number }): boolean;
        },
        "isFrame",
        () => (bytes, at, header) => at + 36 + header.payloadBytes <= bytes.length,
      ),
  },
  {
    name: "the reader stops at the first damage",
    plant: () =>
      method(
        SegmentScanner.prototype,
        "next",
        (next) =>
          async function (this: SegmentScanner) {
            const frame = await next.call(this);
            return this.damagedBytes > 0 ? undefined : frame;
          },
      ),
  },
  { name: "no directory is ever synced", plant: () => brokenCalls(() => ({ fsyncDirectory: () => undefined })) },
  { name: "no file is ever synced", plant: () => brokenCalls(() => ({ fsync: () => undefined })) },
  {
    name: "records are called synced once they are written",
    plant: () =>
      method(
        WatermarkBoard.prototype,
        "spooledTo",
        (spooledTo) =>
          function (this: WatermarkBoard, seq: number) {
            spooledTo.call(this, seq);
            this.syncedTo(seq);
          },
      ),
  },
  {
    name: "a failed sync is tried again on the same file",
    plant: () =>
      brokenCalls(({ fsync }) => ({
        fsync(fd) {
          try {
            fsync(fd);
          } catch {
            fsync(fd);
          }
        },
      })),
  },
  {
    name: "a short write is taken for a whole one",
    plant: () =>
      brokenCalls(({ write }) => ({
        write(fd, bytes, position) {
          write(fd, bytes, position);
          return bytes.byteLength;
        },
      })),
  },
  {
    name: "the cursor is ahead of what is settled",
    plant: () =>
      method(
        LaneTable.prototype,
        "settle",
        (settle) =>
          function (this: LaneTable, lane: string, seq: number) {
            const isNew = settle.call(this, lane, seq);
            settle.call(this, lane, seq + 1);
            return isNew;
          },
      ),
  },
  {
    name: "a living owner is taken for dead",
    plant: () => {
      const original = planted.processes;
      planted.processes = (processes) => ({ ...processes, isRunning: () => false });
      return () => {
        planted.processes = original;
      };
    },
  },
  {
    name: "a process id alone decides who lives",
    plant: () => {
      const original = planted.processes;
      planted.processes = (processes) => ({
        ...processes,
        isRunning: () => true,
        startTicksOf: (pid) => String(pid * 10),
      });
      return () => {
        planted.processes = original;
      };
    },
  },
  {
    name: "the ledger is always written to the same slot",
    plant: () =>
      method(LedgerWriter.prototype as unknown as { slotOf(generation: number): number }, "slotOf", () => () => 0),
  },
  {
    name: "every other ledger is not written",
    plant: () => {
      let count = 0;
      return method(
        LedgerWriter.prototype,
        "write",
        (write) =>
          function* (this: LedgerWriter, fd, content) {
            count += 1;
            if (count % 2 === 0) yield* write.call(this, fd, content);
          },
      );
    },
  },
  {
    name: "a segment goes when one of two lanes is done",
    plant: () =>
      method(
        LiveSegments.prototype,
        "settleOne",
        (settleOne) =>
          function (this: LiveSegments, seq: number) {
            settleOne.call(this, seq);
            settleOne.call(this, seq);
          },
      ),
  },
  {
    name: "settled segments are never removed",
    plant: () => method(LiveSegments.prototype, "takeRemovable", () => () => []),
  },
  {
    name: "a blob is written once per process and not once per segment",
    plant: () => {
      const written = new Map<SpoolBlob, SegmentEncoder>();
      return method(
        SegmentEncoder.prototype,
        "encode",
        (encode) =>
          function (this: SegmentEncoder, entries, writtenMs) {
            const isElsewhere = (blob: SpoolBlob) => written.has(blob) && written.get(blob) !== this;
            const bytes = encode.call(this, withoutBlobs(entries, isElsewhere), writtenMs);
            for (const blob of entries.flatMap(({ blobs }) => blobs)) written.set(blob, written.get(blob) ?? this);
            return bytes;
          },
      );
    },
  },
  {
    name: "a number is used twice after a roll",
    plant: () => {
      const begun = new WeakSet<SegmentEncoder>();
      return method(
        SegmentEncoder.prototype,
        "encode",
        (encode) =>
          function (this: SegmentEncoder, entries, writtenMs) {
            const isFirst = !begun.has(this);
            begun.add(this);
            const shifted = entries.map((entry) =>
              isFirst && entry.seq > 1 ? { ...entry, seq: entry.seq - 1 } : entry,
            );
            return encode.call(this, shifted, writtenMs);
          },
      );
    },
  },
  {
    name: "what is carried over is not written",
    plant: () => brokenCarry(() => () => Buffer.alloc(0)),
  },
  {
    name: "a carried record gets a number of its own",
    plant: () =>
      brokenCarry(
        () =>
          function (this: SegmentEncoder, entries, nextSeq, writtenMs) {
            return this.encode(
              entries.map((entry, index) => ({ ...entry, seq: nextSeq + index })),
              writtenMs,
            );
          },
      ),
  },
  {
    name: "a record is carried without its blobs",
    plant: () =>
      brokenCarry(
        (encodeCarried) =>
          function (this: SegmentEncoder, entries, nextSeq, writtenMs) {
            return encodeCarried.call(
              this,
              withoutBlobs(entries, () => true),
              nextSeq,
              writtenMs,
            );
          },
      ),
  },
  {
    name: "a carried record forgets a lane",
    plant: () =>
      brokenCarry(
        (encodeCarried) =>
          function (this: SegmentEncoder, entries, nextSeq, writtenMs) {
            return encodeCarried.call(
              this,
              entries.map((entry) => ({ ...entry, lanes: 1 })),
              nextSeq,
              writtenMs,
            );
          },
      ),
  },
  {
    name: "a carried record keeps its new segment for ever",
    plant: () =>
      method(
        LiveSegments.prototype,
        "carry",
        (carry) =>
          function (this: LiveSegments, seq, from, to) {
            carry.call(this, seq, from, to);
            to.unsettled += 1;
          },
      ),
  },
  {
    name: "the old segment goes before what is carried over is written",
    plant: () =>
      method(
        CarryOver.prototype,
        "stillLeft",
        (stillLeft) =>
          function (this: CarryOver, plan) {
            const left = stillLeft.call(this, plan);
            plan.from.unsettled = 0;
            return left;
          },
      ),
  },
  {
    name: "what was written twice is read twice",
    plant: () =>
      method(
        SeqSet.prototype,
        "add",
        (add) =>
          function (this: SeqSet, seq: number) {
            add.call(this, seq);
            return true;
          },
      ),
  },
  {
    name: "a gap ends one number late",
    plant: () =>
      method(
        SeqSet.prototype,
        "missing",
        (missing) =>
          function (this: SeqSet, first: number, last: number) {
            return missing.call(this, first, last).map((range) => ({ ...range, last: range.last + 1 }));
          },
      ),
  },
  {
    name: "an orphan forgets what was settled",
    plant: () => method(Orphan.prototype, "commit", () => async () => undefined),
  },
  {
    name: "the exit handler writes nothing",
    plant: () => method(SpoolWriter.prototype, "flushSync", () => () => undefined),
  },
  {
    name: "the disk is never tried again",
    plant: () => method(SpoolWriter.prototype, "probe", () => () => Promise.reject(new Error("not tried"))),
  },
  {
    name: "more than the torn tail is truncated",
    plant: () =>
      brokenCalls(({ truncate }) => ({ truncate: (fd, bytes) => truncate(fd, Math.max(64, Math.floor(bytes / 2))) })),
  },
  {
    name: "adopted segments are unlinked when they are read",
    plant: () =>
      brokenCalls(({ open, unlink }) => ({
        open(path, mode) {
          const fd = open(path, mode);
          if (mode === "read" && isSegment(path)) unlink(path);
          return fd;
        },
      })),
  },
];

function brokenCarry(
  change: (original: SegmentEncoder["encodeCarried"]) => SegmentEncoder["encodeCarried"],
): () => void {
  return method(SegmentEncoder.prototype, "encodeCarried", change);
}

function withoutBlobs(entries: readonly NumberedEntry[], isLeftOut: (blob: SpoolBlob) => boolean): NumberedEntry[] {
  const refuse = () => {
    throw new Error("left out");
  };
  return entries.map((entry) => ({
    ...entry,
    blobs: entry.blobs.map((blob) => (isLeftOut(blob) ? { ...blob, bytes: refuse } : blob)),
  }));
}
