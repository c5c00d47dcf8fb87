/**
 * The rooms whose tests are tried by mutants: what is mutated, the tests that may notice, and the score that is asked
 * of it (caught of all that any test could catch, in per cent). Paths are relative to the repository.
 */
const sdk = (...paths) => paths.map((path) => `packages/sdk/src/${path}`);
const room = (target, mutate, tests, leaveOut) => ({ target, mutate, tests, leaveOut });
/** They plant bugs of their own, or look at the whole process. */
const OWN_BUGS = "the simulator >|notices that|meets every rare branch";
/** Those that start a process: what is changed here is not changed there. */
const PROCESSES = "never ended > P21 hold no more|B8 long texts|a process ends by itself";
/** Long ones that hold as a whole what others hold in parts. */
const LONG =
  "traj.json|P18 |5,000 steps|25 seeds from (?!1$|26$)|: 30 from \\d\\d|B2 a hung back end that|B3 a busy|C1 a million|C2 a burst|W19 ";
/** The spool's own of these: child processes, every byte, every crash, backlogs. */
const SPOOL_LONG =
  "spool/processes.test|the drawn run (?![1-4] )|any byte changed|byte flipped anywhere|every crash|no crash loses|a hundred crashes|D9 a start|lies across its edge|is read about once|a chain of 20,000";

export const ROOMS = {
  core: room(
    85,
    sdk("delivery/core/**/*.ts"),
    sdk("delivery/core/**/*.test.ts", "delivery/simulation.test.ts"),
    `${OWN_BUGS}|${LONG}`,
  ),
  delivery: room(
    75,
    sdk("delivery/*.ts", "delivery/disk/**/*.ts"),
    sdk(
      "delivery/*.test.ts",
      // Not those that start processes and threads.
      "delivery/disk/**/{doubts,generations,intake,orphan-place,overflow,own-place,power,read-back,recovery,spooled-record,spooling}.test.ts",
      "recording/tracer.test.ts",
      "recording/resolve-config.test.ts",
    ),
    `${OWN_BUGS}|${LONG}|${PROCESSES}`,
  ),
  capture: room(85, sdk("capture/**/*.ts"), sdk("capture/**/*.test.ts", "recording/span/span.test.ts"), LONG),
  spool: room(85, sdk("spool/**/*.ts"), sdk("spool/**/*.test.ts"), `${OWN_BUGS}|${LONG}|${SPOOL_LONG}`),
  protocol: room(
    85,
    ["packages/protocol/src/**/*.ts"],
    // Not the collector's: a collector and its threads for each test, to hold in whole what these hold in parts.
    ["packages/protocol/src/**/*.test.ts", "packages/reading/src/**/*.test.ts", ...sdk("encoding/**/*.test.ts")],
    `${LONG}|linear|keep the text in memory|may be left`,
  ),
  encoding: room(75, sdk("encoding/**/*.ts"), sdk("encoding/**/*.test.ts", "exporters/**/*.test.ts")),
  transport: room(
    75,
    sdk("transport/**/*.ts"),
    sdk("transport/**/*.test.ts", "exporters/otlp/exporter.test.ts"),
    // It starts a process, for seconds.
    "that are idle don't keep the process alive",
  ),
  exporters: room(75, sdk("exporters/**/*.ts"), sdk("exporters/**/*.test.ts")),
  processors: room(75, sdk("processors/**/*.ts"), sdk("processors/**/*.test.ts")),
  redaction: room(75, sdk("redaction/**/*.ts"), sdk("redaction/**/*.test.ts")),
  recording: room(75, sdk("recording/**/*.ts"), sdk("recording/**/*.test.ts", "index.test.ts"), PROCESSES),
};
