import type { DiskFault, DiskPart, Fate } from "../simulated-disk.ts";
import { Draws } from "../simulator/draws.ts";
import { checkFlippedByte, checkTornLedger } from "./check-damage.ts";
import { checkImage, SpoolViolation } from "./check-image.ts";
import { planted } from "./planted.ts";
import { FOREIGN_FILE, processTable, RUN_LANES, SPOOL_DIRECTORY, SpoolRun } from "./spool-run.ts";

/** Three records, two of which share a blob, a record settled, a segment rolled: small enough to try every crash of it. */
export async function threeRecords(): Promise<SpoolRun> {
  const run = await new SpoolRun({ segmentBytes: 400 }).opened();
  run.append("first", ["a shared prompt"]);
  await run.commit();
  run.append("second", ["a shared prompt", "x".repeat(300)]);
  await run.commit();
  for (const lane of RUN_LANES) run.settle(lane, 1);
  run.append("third", ["a shared prompt"]);
  await run.commit();
  return run;
}

/** A record that stays open while the segments after it fill and go: it moves on, twice, and its old segments go. */
export async function carriedOver(): Promise<SpoolRun> {
  const run = await new SpoolRun({ segmentBytes: 350 }).opened();
  run.append("long open", ["a prompt > a shared prompt"]);
  run.append("short", ["a shared prompt"]);
  for (const lane of RUN_LANES) run.settle(lane, 2);
  await run.commit();
  for (let count = 3; count <= 6; count += 1) {
    const seq = run.append("x".repeat(250), ["a shared prompt"]);
    await run.commit();
    for (const lane of RUN_LANES) run.settle(lane, seq);
  }
  await run.commit();
  return run;
}

/** One sync fails, and with it what it should have made durable is gone from the cache, though the next sync succeeds. */
export async function failedSync(): Promise<SpoolRun> {
  const run = await new SpoolRun().opened();
  run.append("synced", ["a prompt"]);
  await run.commit();
  let left = 1;
  run.disk.onCall = ({ name }) => (name === "fsync" && left-- > 0 ? { code: "EIO" } : undefined);
  run.append("in the failed sync", ["a prompt"]);
  await run.commit();
  run.append("after it");
  await run.commit();
  return run;
}

export interface ImageCount {
  images: number;
  /** Images in which more than the promised was uncertain. */
  torn: number;
}

/** Of more uncertain parts than this, as many subsets are drawn as so many have. */
const MAX_ENUMERATED_PARTS = 10;

/** Every crash point of the run, by the death of the process and by power cuts with every subset of what no sync covers. */
export async function checkEveryCrash(run: SpoolRun, maxParts = MAX_ENUMERATED_PARTS): Promise<ImageCount> {
  const count: ImageCount = { images: 0, torn: 0 };
  for (let at = 0; at <= run.disk.log.length; at += 1) {
    await checkImage(run, { disk: run.disk.imageAt(at), at, kind: "process" });
    count.images += 1;
    const parts = run.disk.uncertainAt(at);
    for (const kept of subsetsOf(parts.length, maxParts, at)) {
      const disk = run.disk.imageAt(at, (part) => ((kept >> indexOf(parts, part)) & 1 ? "kept" : "lost"));
      await checkImage(run, { disk, at, kind: "power" });
      count.images += 1;
      if (parts.length > 0) count.torn += 1;
    }
  }
  return count;
}

/** Subsets of so many parts, each as the bits of a number. */
function subsetsOf(parts: number, maxParts: number, seed: number): number[] {
  if (parts <= maxParts) return Array.from({ length: 1 << parts }, (_, kept) => kept);
  const draws = new Draws(seed, 7);
  return Array.from({ length: 1 << maxParts }, () => draws.whole(0, 2 ** parts - 1));
}

function indexOf(parts: readonly DiskPart[], part: DiskPart): number {
  return parts.findIndex(({ index, operation }) => {
    if (index !== part.index) return false;
    if (operation.kind !== "write" || part.operation.kind !== "write") return true;
    return operation.position === part.operation.position;
  });
}

const FAULT_CODES = ["ENOSPC", "EIO", "EMFILE", "EACCES", "EROFS"];
/** A failed sync is the fault that is hardest to get right, so it is drawn more often. */
const FAULTY_CALLS = [
  "write",
  "write",
  "fsync",
  "fsync",
  "fsync",
  "open",
  "rename",
  "fsyncDirectory",
  "mkdir",
  "truncate",
  "unlink",
];

/** A run drawn from its seed: records, blobs, settling, faults of the disk, and a healed end. */
export async function drawnRun(seed: number): Promise<SpoolRun> {
  const draws = new Draws(seed, 4);
  const run = await new SpoolRun({
    segmentBytes: draws.pick([300, 1_000, 8_000]),
    aheadBytes: draws.pick([100, 400, 1 << 18]),
    durability: draws.pick(["power", "power", "process"]),
  }).opened();
  const hasFaults = draws.chance(0.5);
  for (let step = draws.whole(5, 40); step > 0; step -= 1) {
    await drawnStep(run, draws, hasFaults);
    checkBounds(run);
  }
  run.disk.onCall = () => undefined;
  await run.clock.advance(31_000);
  await run.clock.advance(31_000);
  checkHealed(run);
  return run;
}

async function drawnStep(run: SpoolRun, draws: Draws, hasFaults: boolean): Promise<void> {
  const records = run.spool.watermarks.captured;
  switch (draws.pick(["append", "append", "append", "commit", "settle", "settle", "fault", "flushSync", "pass"])) {
    case "append":
      for (let left = draws.whole(1, 4); left > 0; left -= 1) run.append(drawnText(draws), drawnBlobs(draws));
      return;
    case "commit":
      return run.commit();
    case "settle":
      if (records > 0) settleSome(run, draws, records);
      return;
    case "fault":
      if (hasFaults) run.disk.onCall = drawnFault(draws);
      return;
    case "flushSync":
      checkFlushed(run, run.spool.flushSync());
      return;
    case "pass":
      return run.clock.advance(draws.pick([1, 100, 11_000]));
  }
}

function checkFlushed(run: SpoolRun, isFlushed: boolean): void {
  const { captured, spooled } = run.spool.watermarks;
  if (isFlushed && spooled !== captured) throw new SpoolViolation("flushSync left records in memory");
}

function settleSome(run: SpoolRun, draws: Draws, records: number): void {
  const from = draws.whole(1, records);
  const to = Math.min(run.spool.watermarks.spooled, from + draws.whole(0, 5));
  const lanes = draws.pick([RUN_LANES, RUN_LANES, RUN_LANES.slice(0, 1)]);
  for (let seq = from; seq <= to; seq += 1) for (const lane of lanes) run.settle(lane, seq);
}

function drawnText(draws: Draws): string {
  return `${draws.whole(0, 1e9)}`.repeat(draws.pick([1, 1, 10, 80]));
}

function drawnBlobs(draws: Draws): string[] {
  const drawnBlob = () => `blob ${draws.whole(0, 5)} `.repeat(20);
  return Array.from({ length: draws.pick([0, 0, 1, 3]) }, () =>
    Array.from({ length: draws.pick([1, 1, 2, 3]) }, drawnBlob).join(" > "),
  );
}

/** Some calls fail for some time; a write may have made progress before. */
function drawnFault(draws: Draws): () => DiskFault | undefined {
  const name = draws.pick(FAULTY_CALLS);
  const code = draws.pick(FAULT_CODES);
  let left = draws.whole(1, 4);
  const fault = name === "write" && draws.chance(0.5) ? { partialBytes: draws.whole(1, 200) } : { code };
  return ((call: { name: string }) => {
    if (call.name !== name || left === 0) return undefined;
    left -= 1;
    return fault;
  }) as () => DiskFault | undefined;
}

function checkBounds(run: SpoolRun): void {
  if (run.disk.openFiles > 8) throw new SpoolViolation(`${run.disk.openFiles} files are open`);
  const { captured, spooled, synced } = run.spool.watermarks;
  if (synced > spooled || spooled > captured) throw new SpoolViolation("the watermarks are out of order");
}

/** After the faults end, everything that was accepted reaches the disk and the spool is in use again. */
function checkHealed(run: SpoolRun): void {
  const { captured, spooled } = run.spool.watermarks;
  if (run.spool.state !== "disk")
    throw new SpoolViolation(`the disk works again and the spool is in ${run.spool.state}`);
  if (spooled !== captured) throw new SpoolViolation(`${captured - spooled} accepted records never reach the disk`);
}

/** Some crashes of a run, drawn from the seed. */
export async function checkDrawnCrashes(run: SpoolRun, seed: number, images: number): Promise<void> {
  const draws = new Draws(seed, 5);
  for (let left = images; left > 0; left -= 1) {
    const at = draws.whole(0, run.disk.log.length);
    if (draws.chance(0.3)) {
      await checkImage(run, { disk: run.disk.imageAt(at), at, kind: "process" });
      continue;
    }
    const keep = draws.fraction();
    const fates = (): Fate => (draws.chance(keep) ? "kept" : draws.pick(["lost", "lost", "zeros"]));
    await checkImage(run, { disk: run.disk.imageAt(at, fates), at, kind: "power" });
  }
}

/** A second process on the same directory, while the first one lives, takes nothing from it. */
export async function checkLivingOwner(run: SpoolRun): Promise<void> {
  const other = await new SpoolRun({ processes: planted.processes(processTable(2, () => [1, 2])) }, run.disk).opened();
  const { orphans, foreign } = await other.spool.adopt();
  if (orphans.length > 0) throw new SpoolViolation("a living process's records were adopted");
  if (foreign !== 1) throw new SpoolViolation(`${foreign} foreign files were counted in ${SPOOL_DIRECTORY}`);
  await other.spool.close();
}

/** A spool that is closed with everything settled leaves nothing behind. */
async function checkClosed(run: SpoolRun): Promise<void> {
  for (const seq of run.appended.keys()) for (const lane of RUN_LANES) run.settle(lane, seq);
  await run.commit();
  await run.spool.close();
  const left = run.disk.files().filter((path) => path !== FOREIGN_FILE);
  if (left.length > 0) throw new SpoolViolation(`everything is settled and ${left.join(", ")} remains`);
}

/** The whole simulation of one seed. */
export async function simulateSpool(seed: number, images: number): Promise<void> {
  const run = await drawnRun(seed);
  await checkDrawnCrashes(run, seed, images);
  await checkFlippedByte(run, seed);
  await checkTornLedger(run);
  await checkLivingOwner(run);
  await checkClosed(run);
}
