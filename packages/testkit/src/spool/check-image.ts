import { type Orphan, type OrphanEntry, type ProcessTable, Spool, type StoredBlob } from "everspan/internals";
import { ManualClock } from "../manual-clock.ts";
import type { SimulatedDisk } from "../simulated-disk.ts";
import { planted } from "./planted.ts";
import { FOREIGN_FILE, namedBy, processTable, RUN_LANES, SPOOL_DIRECTORY, type SpoolRun } from "./spool-run.ts";

/** The disk did not keep a promise. */
export class SpoolViolation extends Error {
  override readonly name = "SpoolViolation";
}

export interface ImageOfCrash {
  readonly disk: SimulatedDisk;
  /** Place in the run's log at which it crashed. */
  readonly at: number;
  readonly kind: "process" | "power";
}

export interface Recovery {
  readonly entries: readonly OrphanEntry[];
  readonly orphans: readonly Orphan[];
}

/**
 * Starts anew on what a crash left and checks every promise:
 * - a record that was `spooled` (process) or `synced` (power) and is not settled comes back in its lanes, byte for byte;
 * - nothing comes back that was not appended, and nothing twice;
 * - after the death of the process the account is exact;
 * - to recover twice is to recover once;
 * - what is settled is removed, foreign files stay.
 */
export async function checkImage(run: SpoolRun, image: ImageOfCrash): Promise<void> {
  const first = await recover(image.disk, image.kind, 2);
  checkPromised(run, image, first.entries);
  checkInvented(run, first.entries);
  if (image.kind === "process") checkAccount(run, image, first);
  const again = await recover(image.disk.imageAt(image.disk.log.length), image.kind, 3);
  checkSame(first, again);
  await checkDrained(image.disk, again);
}

export async function recover(disk: SimulatedDisk, kind: ImageOfCrash["kind"], pid: number): Promise<Recovery> {
  const spool = await openOn(
    disk,
    processTable(pid, () => [pid], kind === "power" ? "boot-2" : undefined),
  );
  if (spool.state !== "disk") throw new SpoolViolation(`the start failed: ${spool.state}`);
  const { orphans } = await spool.adopt();
  const entries: OrphanEntry[] = [];
  for (const orphan of orphans) for await (const entry of orphan.read()) entries.push(entry);
  return { entries, orphans };
}

async function openOn(disk: SimulatedDisk, processes: ProcessTable): Promise<Spool> {
  const clock = new ManualClock();
  const spool = Spool.open({
    directory: SPOOL_DIRECTORY,
    lanes: RUN_LANES,
    fs: planted.fs(disk),
    clock,
    processes: planted.processes(processes),
  });
  await spool.opened;
  return spool;
}

function checkPromised(run: SpoolRun, image: ImageOfCrash, entries: readonly OrphanEntry[]): void {
  const promised = run.disk.marked(image.kind === "process" ? "spooled" : "synced", image.at);
  const found = new Map(entries.map((entry) => [entry.seq, entry]));
  for (let seq = 1; seq <= promised; seq += 1) {
    const entry = found.get(seq);
    for (const lane of RUN_LANES) {
      if (run.isSettled(lane, seq, image.at)) continue;
      if (entry === undefined)
        throw new SpoolViolation(`record ${seq} was promised and is lost (${image.kind} at ${image.at})`);
      if (!entry.lanes.includes(lane)) throw new SpoolViolation(`record ${seq} does not come back in ${lane}`);
      if (!entry.isWhole) throw new SpoolViolation(`record ${seq} was promised and misses a blob`);
    }
  }
}

export function checkInvented(run: SpoolRun, entries: readonly OrphanEntry[]): void {
  const seen = new Set<number>();
  for (const { seq, head, blobs } of entries) {
    if (seen.has(seq)) throw new SpoolViolation(`record ${seq} comes back twice`);
    seen.add(seq);
    const truth = run.appended.get(seq);
    if (truth === undefined || truth.text !== Buffer.from(head).toString()) {
      throw new SpoolViolation(`record ${seq} comes back with other bytes`);
    }
    checkBlobs(truth.blobs, blobs);
  }
}

/** Each is the one that was named at its place, or was lost. */
function checkBlobs(truth: readonly string[], blobs: readonly (StoredBlob | undefined)[]): void {
  if (blobs.length !== truth.length) throw new SpoolViolation(`${blobs.length} blobs are named, ${truth.length} were`);
  for (const [place, blob] of blobs.entries()) {
    if (blob === undefined) continue;
    const text = truth[place]!;
    if (Buffer.from(blob.bytes).toString() !== text) throw new SpoolViolation(`blob ${text} has other bytes`);
    checkBlobs(namedBy(text), blob.blobs);
  }
}

/** created = settled + recovered + lost, at the last moment at which the strict ledger was written. */
function checkAccount(run: SpoolRun, image: ImageOfCrash, { orphans, entries }: Recovery): void {
  const ledger = run.ledgers.findLast(({ at }) => at <= image.at);
  const orphan = orphans[0];
  if (ledger === undefined || orphan?.report === undefined || run.changes.length > 0 || !run.spool.isLedgerStrict)
    return;
  if (ledger.at < image.at && !isLastLedger(run, ledger.at, image.at)) return;
  for (const { lane, recovered, corrupt, crash } of orphan.report.lanes) {
    const settled = run.settled.slice(0, ledger.settled).filter((one) => one.lane === lane);
    const pending = ledger.captured - settled.length;
    const sum = recovered + corrupt + crash;
    if (sum !== pending) throw new SpoolViolation(`${lane}: ${sum} accounted for, ${pending} pending (at ${image.at})`);
    if (corrupt > 0) throw new SpoolViolation(`${lane}: nothing was damaged, and ${corrupt} are called corrupt`);
    const again = entries.find(({ seq, lanes }) => lanes.includes(lane) && settled.some((one) => one.seq === seq));
    if (again !== undefined) throw new SpoolViolation(`${lane}: record ${again.seq} was settled and comes back`);
  }
}

/** No ledger was begun between its last whole write and the crash. */
function isLastLedger(run: SpoolRun, ledgerAt: number, crashAt: number): boolean {
  return !run.ledgers.some(({ at }) => at > ledgerAt && at <= crashAt);
}

function checkSame(first: Recovery, again: Recovery): void {
  const names = ({ entries }: Recovery) => entries.map(({ seq, lanes }) => `${seq}:${lanes.join("+")}`).join(" ");
  if (names(first) !== names(again)) {
    throw new SpoolViolation(`recovered once: ${names(first)}; recovered twice: ${names(again)}`);
  }
  for (const { report } of again.orphans) {
    if (report?.lanes.some(({ corrupt, crash }) => corrupt + crash > 0))
      throw new SpoolViolation("a loss is told twice");
  }
}

async function checkDrained(disk: SimulatedDisk, { entries, orphans }: Recovery): Promise<void> {
  for (const { seq, lanes } of entries) {
    for (const lane of lanes) for (const orphan of orphans) orphan.settle(lane, seq, "delivered");
  }
  for (const orphan of orphans) {
    await orphan.commit();
    if (!orphan.isDrained) throw new SpoolViolation("everything is settled and the orphan is not drained");
    if (orphan.bytes > 0) throw new SpoolViolation("everything is settled and a segment remains");
  }
  if (!disk.files().includes(FOREIGN_FILE)) throw new SpoolViolation("a foreign file was touched");
}
