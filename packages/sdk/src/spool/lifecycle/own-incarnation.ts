import { join } from "node:path";
import type { Clock } from "../../contract/clock.ts";
import { attempt } from "../disk/file-steps.ts";
import type { Fd, SpoolCalls } from "../disk/spool-fs.ts";
import { call, type Steps } from "../disk/steps.ts";
import type { LaneTable } from "../format/lane-table.ts";
import { type LaneState, LedgerWriter } from "../format/ledger-file.ts";
import type { WatermarkBoard } from "../format/watermarks.ts";
import {
  createIncarnation,
  LEDGER_FILE,
  newIncarnationId,
  releaseIncarnation,
  removeIncarnation,
} from "./incarnation.ts";
import type { ProcessTable } from "./lock.ts";

/** The directory of this process's life, and the ledger in it. */
export interface OwnIncarnation {
  readonly id: string;
  readonly startedMs: number;
  readonly path: string;
  readonly ledgerFd: Fd;
  readonly ledger: LedgerWriter;
}

export interface IncarnationParts {
  readonly directory: string;
  readonly isDurable: boolean;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly lanes: LaneTable;
  readonly watermarks: WatermarkBoard;
  readonly stateOf: (lane: string) => LaneState;
}

/** `firstSeq` is the number that its first record will have. */
export function* createOwnIncarnation(parts: IncarnationParts, firstSeq: number): Steps<OwnIncarnation> {
  const { directory, isDurable, lanes, clock, processes } = parts;
  const id = newIncarnationId();
  const startedMs = clock.wallMs();
  const owner = { ...processes.self(), firstSeq, lanes: lanes.names };
  const path = yield* createIncarnation(directory, { id, startedMs, owner, isDurable });
  const ledgerFd = yield* call((fs) => fs.open(join(path, LEDGER_FILE), "create"));
  return { id, startedMs, path, ledgerFd, ledger: new LedgerWriter(id) };
}

/** The account as it is now; with the files' times the heartbeat. */
export function* writeAccount(parts: IncarnationParts, { ledger, ledgerFd }: OwnIncarnation): Steps<void> {
  yield* ledger.write(ledgerFd, accountNow(parts));
}

/** The same within this turn. */
export function writeAccountSync(fs: SpoolCalls, parts: IncarnationParts, { ledger, ledgerFd }: OwnIncarnation): void {
  ledger.writeSync(fs, ledgerFd, accountNow(parts));
}

function accountNow({ lanes, clock, watermarks, stateOf }: IncarnationParts) {
  return { captured: watermarks.captured, writtenMs: clock.wallMs(), lanes: lanes.accounts(stateOf) };
}

/** Another was made meanwhile. */
export function* discardIncarnation({ ledgerFd, path }: OwnIncarnation): Steps<void> {
  yield* attempt(() => call((fs) => fs.close(ledgerFd)));
  yield* attempt(() => removeIncarnation(path));
}

/** Removed when nothing is in it, else free for anybody to adopt. What is removed can't be released: no harm. */
export function* leaveIncarnation(directory: string, incarnation: OwnIncarnation, isEmpty: boolean): Steps<void> {
  yield* attempt(() => call((fs) => fs.close(incarnation.ledgerFd)));
  if (isEmpty) yield* attempt(() => removeIncarnation(incarnation.path));
  yield* attempt(() => releaseIncarnation(directory, incarnation));
}
