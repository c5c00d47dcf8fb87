import { type ManualClock, processTable, type SimulatedDisk, SPOOL_DIRECTORY, SpoolRun } from "@everspan/testkit";
import { type Orphan, type OrphanEntry, Spool, type SpoolOptions } from "../index.ts";

export const LANES = ["sgp", "otlp"];

/** A process that wrote so many records, each in a group of its own, and still runs. */
export async function runWith(records: number, options: Partial<SpoolOptions> = {}): Promise<SpoolRun> {
  const run = await new SpoolRun(options).opened();
  for (let count = 1; count <= records; count += 1) {
    run.append(`record ${count} ${"x".repeat(100)}`, ["a prompt"]);
    await run.commit();
  }
  return run;
}

export const afterKill = (run: SpoolRun): SimulatedDisk => run.disk.imageAt(run.disk.log.length);

/** A later process on the disk, and what it adopted. */
export async function adopt(
  disk: SimulatedDisk,
  clock: ManualClock,
  { lanes = LANES, pid = 2, durability }: { lanes?: string[]; pid?: number; durability?: "power" } = {},
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

export const pathOf = (disk: SimulatedDisk, end: string): string => disk.files().find((path) => path.endsWith(end))!;
export const segmentsOf = (disk: SimulatedDisk): string[] => disk.files().filter((path) => path.endsWith(".seg"));

export function settleAll(orphan: Orphan, entries: readonly OrphanEntry[]): void {
  for (const { seq, lanes } of entries) for (const lane of lanes) orphan.settle(lane, seq, "delivered");
}
