/** The append-only log on disk: bytes, not spans. The format is `docs/formats/spool.md`. */

export { nodeSpoolFs } from "./disk/node-spool-fs.ts";
export type { Fd, FileStatus, OffLoop, OpenMode, SpoolCalls, SpoolFs } from "./disk/spool-fs.ts";
export { contentBytes, type SpoolContent, SpoolText } from "./format/content.ts";
export type { SpoolBlob, SpoolEntry, StoredBlob } from "./format/entries.ts";
export { type LaneCounts, laneHash } from "./format/ledger-file.ts";
export { type SeqRange, SeqSet } from "./format/seq-set.ts";
export type { Watermarks } from "./format/watermarks.ts";
export { type ProcessTable, systemProcesses } from "./lifecycle/lock.ts";
export type { LaneDoubt, SpoolOptions, SpoolState, SpoolStateChange } from "./lifecycle/spool-options.ts";
export { onThreadEnd } from "./lifecycle/threads.ts";
export { readSpoolAccounts, type SpoolAccount } from "./read/inspect.ts";
export { Orphan, type OrphanEntry, type SettledAs } from "./read/orphan.ts";
export type { LaneReport, OrphanReport } from "./read/orphan-report.ts";
export { type AppendedEntry, Spool } from "./spool.ts";
