/** Outages and crashes: who loses what. Timings don't count here, so several cells run at a time. */
import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BackEnd } from "./back-end-process.mjs";
import { measureCell } from "./cell.mjs";

const OUTAGE_MS = 20_000;
const CLOSE_AT_MS = 45_000;
const OUTAGES = ["503", "hang", "reset"];
/** How a process ends, and after how many milliseconds. */
const ENDINGS = [
  { ending: "SIGKILL", afterMs: 2_377 },
  { ending: "SIGTERM", afterMs: 2_377 },
  { ending: "process.exit", afterMs: 2_377 },
  { ending: "returns" },
];
const PROGRAM = fileURLToPath(new URL("crashing.mjs", import.meta.url));
/** Outages are mostly waiting; crashes are not, and a process short of CPU would lose what it otherwise sends. */
const OUTAGES_AT_A_TIME = 9;
const CRASHES_AT_A_TIME = 2;
/** For a process that should have ended by itself: a tracer may keep it. */
const PATIENCE_MS = 20_000;

/** @returns `[{ name, outage, lost, ownAccount, repeated, recoveredMs }]` */
export function measureOutages(subjects, say) {
  const cells = OUTAGES.flatMap((outage) => subjects.map((subject) => ({ subject, outage })));
  return inParallel(cells, OUTAGES_AT_A_TIME, async ({ subject, outage }) => {
    say(`outage, ${outage}: ${subject.name}`);
    const faults = [
      { atMs: 0, fault: outage },
      { atMs: OUTAGE_MS, fault: "none" },
    ];
    const cell = { name: subject.name, outage };
    try {
      const result = await measureCell(subject, "outage", { faults, closeAtMs: CLOSE_AT_MS });
      const { lost, lostByOwnAccount, repeated, deliveredMs } = result;
      const recoveredMs = deliveredMs === undefined ? undefined : deliveredMs - OUTAGE_MS;
      return { ...cell, spans: result.spans, lost, ownAccount: lostByOwnAccount, repeated, recoveredMs };
    } catch (error) {
      return { ...cell, failed: String(error.message).split("\n")[0] };
    }
  });
}

/** @returns `[{ name, ending, ended, lost, afterRestart }]`; `afterRestart` where a spool was asked for */
export function measureCrashes(subjects, say) {
  const cells = ENDINGS.flatMap((ending) => subjects.map((subject) => ({ subject, ...ending })));
  return inParallel(cells, CRASHES_AT_A_TIME, async ({ subject, ending, afterMs }) => {
    say(`crash, ${ending}: ${subject.name}`);
    const folder = mkdtempSync(join(tmpdir(), "everspan-bench-crash-"));
    const backEnd = await BackEnd.start();
    try {
      const task = { subject: subject.module, options: withSpool(subject, folder), url: backEnd.url, ending, folder };
      const first = await crash(task, ending, afterMs);
      if (first.refused !== undefined) return { name: subject.name, ending, failed: first.refused };
      const ended = endedSpans(folder);
      const before = await backEnd.settled(ended, { quietMs: 1_500 });
      const row = { name: subject.name, ending, ended, lost: ended - before.arrived, repeated: before.repeated };
      if (subject.spool !== true) return row;
      await crash({ ...task, ending: "drain" }, "drain");
      return { ...row, afterRestart: ended - (await backEnd.settled(ended)).arrived };
    } finally {
      await backEnd.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function withSpool({ options, spool }, folder) {
  if (spool !== true) return options;
  return { ...options, tuning: { ...options?.tuning, spool: { directory: join(folder, "spool") } } };
}

/** @returns once the process has ended; `refused` when the tracer did not take its options */
function crash(task, ending, afterMs) {
  return new Promise((resolve) => {
    const child = fork(PROGRAM, [JSON.stringify(task)], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    let refused;
    child.on("message", (message) => {
      refused = message.refused;
      if (message.started === true && ending.startsWith("SIG")) setTimeout(() => child.kill(ending), afterMs);
    });
    const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    child.on("exit", () => {
      clearTimeout(patience);
      resolve({ refused });
    });
  });
}

/** The process counts in a file what it has ended: nothing else survives it. */
function endedSpans(folder) {
  const file = join(folder, "ended");
  return existsSync(file) ? readFileSync(file).readUInt32LE(0) : 0;
}

async function inParallel(cells, atATime, measure) {
  const results = new Array(cells.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < cells.length; i = next++) results[i] = await measure(cells[i]);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return results;
}
