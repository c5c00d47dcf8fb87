import { type Orphan, type OrphanEntry, Spool, type SpoolOptions } from "everspan/internals";
import type { ManualClock } from "../manual-clock.ts";
import type { SimulatedDisk } from "../simulated-disk.ts";
import { processTable, RUN_LANES, SPOOL_DIRECTORY, SpoolRun } from "./spool-run.ts";

/** A process that wrote so many records, each in a group of its own, and still runs. */
export async function spoolRunOf(records: number, options: Partial<SpoolOptions> = {}): Promise<SpoolRun> {
  const run = await new SpoolRun(options).opened();
  for (let count = 1; count <= records; count += 1) {
    run.append(`record ${count} ${"x".repeat(100)}`, ["a prompt"]);
    await run.commit();
  }
  return run;
}

export const afterKill = (run: SpoolRun): SimulatedDisk => run.disk.imageAt(run.disk.log.length);

/** A later process on the disk, and what it adopted. */
export async function adoptFrom(
  disk: SimulatedDisk,
  clock: ManualClock,
  { lanes = RUN_LANES, pid = 2, durability }: { lanes?: string[]; pid?: number; durability?: "power" } = {},
) {
  const spool = Spool.open({
    directory: SPOOL_DIRECTORY,
    lanes,
    fs: disk,
    clock,
    processes: processTable(pid, () => [pid]),
    ...(durability !== undefined && { durability }),
  });
  const { orphans, foreign } = await spool.adopt();
  return { spool, orphans, orphan: orphans[0] as Orphan, foreign };
}

export async function entriesOf(entries: AsyncIterable<OrphanEntry>): Promise<OrphanEntry[]> {
  const found: OrphanEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

export const pathEndingIn = (disk: SimulatedDisk, end: string): string =>
  disk.files().find((path) => path.endsWith(end))!;
export const segmentPaths = (disk: SimulatedDisk): string[] => disk.files().filter((path) => path.endsWith(".seg"));

export function settleInAllLanes(orphan: Orphan, entries: readonly OrphanEntry[]): void {
  for (const { seq, lanes } of entries) for (const lane of lanes) orphan.settle(lane, seq, "delivered");
}
