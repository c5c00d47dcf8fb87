/** The append-only log on disk: bytes, not spans. The format is `docs/formats/spool.md`. */

export type { SpoolBlob, SpoolEntry, StoredBlob } from "./entries.ts";
export { readSpoolAccounts, type SpoolAccount } from "./inspect.ts";
export { type LaneCounts, laneHash } from "./ledger-file.ts";
export { type ProcessTable, systemProcesses } from "./lock.ts";
export { nodeSpoolFs } from "./node-spool-fs.ts";
export { Orphan, type OrphanEntry, type SettledAs } from "./orphan.ts";
export type { LaneReport, OrphanReport } from "./orphan-report.ts";
export type { SeqRange } from "./seq-set.ts";
export { type AppendedEntry, Spool } from "./spool.ts";
export type { Fd, FileStatus, OffLoop, OpenMode, SpoolCalls, SpoolFs } from "./spool-fs.ts";
export type { SpoolOptions, SpoolState, SpoolStateChange } from "./spool-options.ts";
export type { Watermarks } from "./watermarks.ts";
