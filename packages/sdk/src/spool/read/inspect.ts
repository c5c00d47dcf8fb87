import { join } from "node:path";
import { type Clock, systemClock } from "../../contract/clock.ts";
import { nodeSpoolFs } from "../disk/node-spool-fs.ts";
import { errorCode, type SpoolFs } from "../disk/spool-fs.ts";
import { call, runOffLoop, type Steps } from "../disk/steps.ts";
import { type LaneCounts, laneHash, readLedger } from "../format/ledger-file.ts";
import { segmentOrdinal } from "../format/segment.ts";
import { type IncarnationName, LEDGER_FILE, parseIncarnationName, readOwner } from "../lifecycle/incarnation.ts";
import { type ProcessTable, systemProcesses } from "../lifecycle/lock.ts";
import { isIncarnationHeld } from "./recovery.ts";

/** One process life in a spool directory, as its files tell. */
export interface SpoolAccount {
  readonly id: string;
  readonly startedMs: number;
  /** A living process writes it, or drains it. */
  readonly isHeld: boolean;
  readonly pid: number | undefined;
  /** Wall time of the ledger's last write; undefined when there is no ledger. */
  readonly lastHeartbeatMs: number | undefined;
  readonly lanes: readonly (LaneCounts & { readonly lane: string; readonly pending: number })[];
  readonly segments: number;
  readonly bytes: number;
}

interface HeldParts {
  readonly directory: string;
  readonly clock: Clock;
  readonly processes: ProcessTable;
}

/** The accounts of all processes that have records in a spool directory, oldest first. Reads only; adopts nothing. */
export async function readSpoolAccounts(
  directory: string,
  parts: { fs?: SpoolFs; clock?: Clock; processes?: ProcessTable } = {},
): Promise<SpoolAccount[]> {
  const { fs = nodeSpoolFs, clock = systemClock, processes = systemProcesses } = parts;
  return runOffLoop(fs, accountsIn(directory, { clock, processes }));
}

function* accountsIn(directory: string, parts: { clock: Clock; processes: ProcessTable }): Steps<SpoolAccount[]> {
  const accounts: SpoolAccount[] = [];
  const entries = yield* call((fs) => fs.readdir(directory));
  for (const entry of entries.sort()) {
    const name = parseIncarnationName(entry);
    if (name === undefined) continue;
    try {
      accounts.push(yield* accountOf(join(directory, entry), name, { directory, ...parts }));
    } catch (error) {
      // Who wrote it has delivered all of it meanwhile, and removed it.
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
  return accounts;
}

function* accountOf(path: string, name: IncarnationName, parts: HeldParts): Steps<SpoolAccount> {
  const owner = yield* readOwner(path);
  const ledger = yield* readLedger(join(path, LEDGER_FILE), name.id);
  const known = typeof owner === "object" ? owner : undefined;
  const names = new Map((known?.lanes ?? []).map((lane) => [laneHash(lane), lane]));
  return {
    id: name.id,
    startedMs: name.startedMs,
    isHeld: yield* isIncarnationHeld(parts, path, name, owner),
    pid: known?.pid,
    lastHeartbeatMs: ledger?.writtenMs,
    lanes: (ledger?.lanes ?? []).map(({ laneHash: hash, counts }) => {
      const pending = counts.created - counts.delivered - counts.coalesced - counts.dropped;
      return { lane: names.get(hash) ?? `#${hash}`, ...counts, pending };
    }),
    ...(yield* sizeOf(path)),
  };
}

function* sizeOf(path: string): Steps<{ segments: number; bytes: number }> {
  let segments = 0;
  let bytes = 0;
  const files = yield* call((fs) => fs.readdir(path));
  for (const file of files.filter((name) => segmentOrdinal(name) !== undefined)) {
    const status = yield* call((fs) => fs.status(join(path, file)));
    segments += 1;
    bytes += status?.bytes ?? 0;
  }
  return { segments, bytes };
}
