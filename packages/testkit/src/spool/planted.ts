import type { ProcessTable, SpoolFs } from "everspan/internals";

/** What stands between the spool and its surroundings in a simulation: nothing, unless a bug is planted there. */
export const planted: {
  fs: (fs: SpoolFs) => SpoolFs;
  processes: (processes: ProcessTable) => ProcessTable;
} = { fs: (fs) => fs, processes: (processes) => processes };
