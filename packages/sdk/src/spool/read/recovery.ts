import { join } from "node:path";
import type { Clock } from "../../contract/clock.ts";
import { attempt } from "../disk/file-steps.ts";
import { errorCode, type SpoolFs } from "../disk/spool-fs.ts";
import { call, runOffLoop, type Steps, type Watch } from "../disk/steps.ts";
import { LaneTable } from "../format/lane-table.ts";
import { type LedgerSlot, laneHash, readLedger } from "../format/ledger-file.ts";
import { segmentOrdinal } from "../format/segment.ts";
import {
  BAD_DIRECTORY,
  type IncarnationName,
  incarnationName,
  LEDGER_FILE,
  OWNER_FILE,
  parseIncarnationName,
  readOwner,
  removeUnborn,
  unbornOwnerPid,
} from "../lifecycle/incarnation.ts";
import { isOwnerAlive, type OwnerReading, type ProcessTable } from "../lifecycle/lock.ts";
import { Orphan, type OrphanSegment } from "./orphan.ts";

/**
 * Adoption of what dead processes left. Reads names, owners and ledgers but no segment, so a backlog of any size costs
 * the start only its number of files; the records are streamed later by `Orphan.read`.
 */
export interface AdoptionOptions {
  readonly fs: SpoolFs;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly directory: string;
  /** The adopter: an incarnation of this process, already on disk. */
  readonly adopterId: string;
  /** The lanes of this process: what names a lane when the dead owner's own names are lost. */
  readonly lanes: readonly string[];
  readonly isDurable: boolean;
  /** Ids of incarnations that this process has adopted and opened already. */
  readonly adopted?: ReadonlySet<string>;
  readonly watch?: Watch;
}

export interface Adoption {
  readonly orphans: readonly Orphan[];
  /** Files and directories that are not the spool's, or are of a newer version. Untouched. */
  readonly foreign: number;
}

/** Each dead incarnation is adopted by exactly one of all concurrent starters. One that can't be read is left for later. */
export async function adoptOrphans(options: AdoptionOptions): Promise<Adoption> {
  const names = await runOffLoop(options.fs, readdirOf(options.directory), options.watch);
  const orphans: Orphan[] = [];
  let foreign = 0;
  for (const name of names.sort()) {
    const found = await runOffLoop(options.fs, tryAdopt(options, name), options.watch);
    if (found === "foreign") foreign += 1;
    else if (found !== undefined) orphans.push(found);
  }
  return { orphans, foreign };
}

function* readdirOf(path: string): Steps<string[]> {
  return yield* call((fs) => fs.readdir(path));
}

function* tryAdopt(options: AdoptionOptions, entry: string): Steps<Orphan | "foreign" | undefined> {
  if (entry === BAD_DIRECTORY) return undefined;
  const name = parseIncarnationName(entry);
  if (name === undefined) return yield* removeIfUnborn(options, entry);
  if (name.id === options.adopterId || options.adopted?.has(name.id)) return undefined;
  try {
    const path = join(options.directory, entry);
    const status = yield* call((fs) => fs.status(path));
    if (status === undefined) return undefined;
    if (status.kind !== "directory") return "foreign";
    return yield* adopt(options, path, name);
  } catch {
    return undefined;
  }
}

/** A directory whose making was cut short holds no records. */
function* removeIfUnborn(options: AdoptionOptions, entry: string): Steps<"foreign" | undefined> {
  const pid = unbornOwnerPid(entry);
  if (pid === undefined) return "foreign";
  if (!options.processes.isRunning(pid)) yield* attempt(() => removeUnborn(join(options.directory, entry)));
  return undefined;
}

function* adopt(options: AdoptionOptions, path: string, name: IncarnationName): Steps<Orphan | "foreign" | undefined> {
  const owner = yield* readOwner(path);
  if (owner === "newer") return "foreign";
  const isOurs = name.adopterId === options.adopterId;
  if (!isOurs && (yield* isIncarnationHeld(options, path, name, owner))) return undefined;
  const adopted = { startedMs: name.startedMs, id: name.id, adopterId: options.adopterId };
  const adoptedPath = join(options.directory, incarnationName(adopted));
  if (!(yield* claim(path, adoptedPath))) return undefined;
  return yield* openOrphan(options, adoptedPath, adopted, typeof owner === "object" ? owner : undefined);
}

/** What it takes to judge whether somebody living has a directory. */
interface JudgeParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly processes: ProcessTable;
}

/** True while a living process writes it, or drains it. */
export function* isIncarnationHeld(
  parts: JudgeParts,
  path: string,
  name: IncarnationName,
  owner: OwnerReading | undefined,
): Steps<boolean> {
  if (name.adopterId === undefined) return yield* isAlive(parts, path, owner);
  const names = yield* readdirOf(parts.directory);
  const adopter = names.find((other) => {
    const parsed = parseIncarnationName(other);
    return parsed !== undefined && parsed.id === name.adopterId && parsed.adopterId === undefined;
  });
  if (adopter === undefined) return false;
  const adopterPath = join(parts.directory, adopter);
  return yield* isAlive(parts, adopterPath, yield* readOwner(adopterPath));
}

function* isAlive(parts: JudgeParts, path: string, owner: OwnerReading | undefined): Steps<boolean> {
  if (owner === "newer") return true;
  // An owner file appears whole, together with its directory: a damaged one was torn by a power cut.
  if (owner === undefined || owner === "damaged") return false;
  const heartbeat =
    (yield* call((fs) => fs.status(join(path, LEDGER_FILE)))) ??
    (yield* call((fs) => fs.status(join(path, OWNER_FILE))));
  return isOwnerAlive(owner, parts.clock.wallMs() - (heartbeat?.modifiedMs ?? 0), parts.processes);
}

/** False when another adopter was faster. */
function* claim(from: string, to: string): Steps<boolean> {
  try {
    yield* call((fs) => fs.rename(from, to));
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function* openOrphan(
  options: AdoptionOptions,
  path: string,
  name: IncarnationName,
  owner: Exclude<OwnerReading, string> | undefined,
): Steps<Orphan> {
  const ledger = yield* readLedger(join(path, LEDGER_FILE), name.id);
  const names = yield* readdirOf(path);
  const segments: OrphanSegment[] = [];
  let foreign = 0;
  for (const file of names.sort()) {
    const ordinal = segmentOrdinal(file);
    const filePath = join(path, file);
    if (ordinal !== undefined) {
      const status = yield* call((fs) => fs.status(filePath));
      if (status?.kind === "file") segments.push({ path: filePath, ordinal, bytes: status.bytes });
      else foreign += 1;
    } else if (isUnfinishedSegment(file)) {
      yield* attempt(() => call((fs) => fs.unlink(filePath)));
    } else if (file !== OWNER_FILE && file !== LEDGER_FILE) {
      foreign += 1;
    }
  }
  const { fs, clock, directory, isDurable } = options;
  const lanes = lanesOf(options.lanes, owner?.lanes, ledger);
  return new Orphan({
    fs,
    clock,
    directory,
    isDurable,
    path,
    name,
    firstSeq: owner?.firstSeq ?? 1,
    lanes,
    ledger,
    segments,
    foreign,
  });
}

function isUnfinishedSegment(file: string): boolean {
  return file.endsWith(".new") && segmentOrdinal(file.slice(0, -".new".length)) !== undefined;
}

/** The dead process's lanes by name, from its owner file; else by the ledger's hashes; else this process's own. */
function lanesOf(
  own: readonly string[],
  owners: readonly string[] | undefined,
  ledger: LedgerSlot | undefined,
): LaneTable {
  const byHash = new Map(own.map((name) => [laneHash(name), name]));
  const names = owners ?? ledger?.lanes.map((lane) => byHash.get(lane.laneHash) ?? `#${lane.laneHash}`) ?? own;
  return ledger === undefined || ledger.lanes.length !== names.length
    ? new LaneTable(names)
    : new LaneTable(
        names,
        ledger.lanes.map((lane) => lane.settled),
      );
}
