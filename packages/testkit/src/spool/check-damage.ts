import {
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readFrameHeader,
  readItems,
  SEGMENT_HEADER_BYTES,
} from "everspan/internals";
import type { SimulatedDisk } from "../simulated-disk.ts";
import { Draws } from "../simulator/draws.ts";
import { checkInvented, recover, SpoolViolation } from "./check-image.ts";
import { RUN_LANES, type SpoolRun } from "./spool-run.ts";

/**
 * One byte of one segment is flipped after the process died: only the records of the frame around it are lost, they
 * are counted, and nothing else comes back changed.
 */
export async function checkFlippedByte(run: SpoolRun, seed: number): Promise<void> {
  const draws = new Draws(seed, 6);
  const whole = run.disk.imageAt(run.disk.log.length);
  const segments = whole.files().filter((path) => path.endsWith(".seg"));
  if (segments.length === 0) return;
  const path = draws.pick(segments);
  const offset = draws.whole(0, whole.contents(path).length - 1);
  const before = await recover(run.disk.imageAt(run.disk.log.length), "process", 2);
  const hit = framesOf(whole, path).find(({ at, end }) => offset >= at && offset < end);
  whole.corrupt(path, (bytes) => flipped(bytes, offset));
  const after = await recover(whole, "process", 2);
  checkInvented(run, after.entries);
  for (const { seq } of before.entries) {
    const isLost = !after.entries.some((entry) => entry.seq === seq);
    if (isLost && hit?.seqs.includes(seq) !== true)
      throw new SpoolViolation(`record ${seq} is lost for a byte that is not in its frame`);
  }
  checkCounted(run, before.entries.length - after.entries.length, after.orphans[0]?.report?.lanes ?? []);
}

function checkCounted(run: SpoolRun, lost: number, lanes: readonly { corrupt: number; crash: number }[]): void {
  if (run.changes.length > 0) return;
  const counted = Math.max(0, ...lanes.map(({ corrupt, crash }) => corrupt + crash));
  if (counted !== lost) throw new SpoolViolation(`${lost} records were lost to a flipped byte, ${counted} are counted`);
}

/** The newest slot of the ledger is torn: the one before it holds. */
export async function checkTornLedger(run: SpoolRun): Promise<void> {
  const image = run.disk.imageAt(run.disk.log.length);
  const ledger = image.files().find((path) => path.endsWith("/ledger"));
  if (ledger === undefined || run.settled.length === 0 || run.changes.length > 0) return;
  image.corrupt(ledger, tornNewestSlot);
  const { entries } = await recover(image, "process", 2);
  const olderSettled = run.settled.slice(0, -RUN_LANES.length);
  const again = entries.find(({ seq, lanes }) =>
    olderSettled.some((one) => one.seq === seq && lanes.includes(one.lane)),
  );
  if (again !== undefined)
    throw new SpoolViolation(`one slot of the ledger is torn and record ${again.seq} comes back`);
}

function tornNewestSlot(bytes: Buffer): Buffer {
  const slotBytes = 8192;
  const generation = (slot: number) =>
    bytes.length >= slot * slotBytes + 16 ? bytes.readUInt32LE(slot * slotBytes + 8) : -1;
  return flipped(bytes, (generation(0) > generation(1) ? 0 : slotBytes) + 20);
}

function flipped(bytes: Buffer, offset: number): Buffer {
  bytes[offset] = bytes[offset]! ^ 0x10;
  return bytes;
}

interface WholeFrame {
  readonly at: number;
  readonly end: number;
  /** Of the records in it. */
  readonly seqs: readonly number[];
}

function seqsOf(header: FrameHeader, payload: Buffer): number[] {
  let nextSeq = header.firstSeq;
  return [...readItems(payload, header.firstBlob)].flatMap((item) => {
    if (item.kind === "blob") return [];
    if (item.carriedSeq !== undefined) return [item.carriedSeq];
    nextSeq += 1;
    return [nextSeq - 1];
  });
}

/** The frames of a segment that is whole, without the reader that is being checked. */
function framesOf(disk: SimulatedDisk, path: string): WholeFrame[] {
  const bytes = disk.contents(path);
  const frames: WholeFrame[] = [];
  for (let at = SEGMENT_HEADER_BYTES; ; ) {
    const header = readFrameHeader(bytes, at);
    if (header === undefined) return frames;
    const end = at + FRAME_HEADER_BYTES + header.payloadBytes;
    frames.push({ at, end, seqs: seqsOf(header, bytes.subarray(at + FRAME_HEADER_BYTES, end)) });
    at = end;
  }
}
