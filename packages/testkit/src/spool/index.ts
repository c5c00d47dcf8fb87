/** The spool on a simulated disk: runs, all their crashes, and the promises that each image must keep. */

export {
  adoptFrom,
  afterKill,
  entriesOf,
  pathEndingIn,
  segmentPaths,
  settleInAllLanes,
  spoolRunOf,
} from "./adopting.ts";
export { checkImage, recover, SpoolViolation } from "./check-image.ts";
export { SPOOL_MUTANTS, type SpoolMutant } from "./spool-mutants.ts";
export { processTable, RUN_LANES, SPOOL_DIRECTORY, SpoolRun } from "./spool-run.ts";
export {
  carriedOver,
  checkEveryCrash,
  checkLivingOwner,
  failedSync,
  simulateSpool,
  threeRecords,
} from "./spool-scenarios.ts";
