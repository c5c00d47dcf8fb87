/** Outages and crashes: who loses what. Timings count little here, so several cells run at a time. */
import { fork } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BackEnd } from "./back-end-process.mjs";
import { measureCell, optionsOf } from "./cell.mjs";

const OUTAGE_MS = 20_000;
const CLOSE_AT_MS = 45_000;
/** After the tracer was told to end. */
const CLOSING_LIMIT_MS = 30_000;
export const OUTAGES = ["503", "hang", "reset"];
/** How a process ends, and when it is told to: odd moments, so that no batch has just left. */
const MOMENTS_MS = { SIGKILL: [1_311, 2_377], SIGTERM: [2_377] };
export const ENDINGS = ["SIGKILL", "SIGTERM", "process.exit", "returns"];
const PROGRAM = fileURLToPath(new URL("crashing.mjs", import.meta.url));
/** Outages are mostly waiting; crashes are not, and a process short of CPU would lose what it otherwise sends. */
const OUTAGES_AT_A_TIME = 14;
const CRASHES_AT_A_TIME = 2;
/** For a process that should have ended by itself: a tracer may keep it. */
const PATIENCE_MS = 20_000;

/** Adds a cell to the results for each subject and outage that is not among them yet. */
export async function measureOutages(subjects, { results, say }) {
  const cells = OUTAGES.flatMap((variant) => subjects.map((subject) => ({ subject, variant })));
  await inParallel(missingFrom(results, "outage", cells), OUTAGES_AT_A_TIME, async ({ subject, variant }) => {
    say(`outage, ${variant}: ${subject.name}`);
    const faults = [
      { atMs: 0, fault: variant },
      { atMs: OUTAGE_MS, fault: "none" },
    ];
    const options = { faults, closeAtMs: CLOSE_AT_MS, limitMs: CLOSE_AT_MS + CLOSING_LIMIT_MS };
    const result = await orFailed(measureCell(subject, "outage", options));
    const recoveredMs = result.deliveredMs === undefined ? undefined : result.deliveredMs - OUTAGE_MS;
    results.add({ ...named("outage", subject, variant), ...result, recoveredMs });
  });
}

/** Adds a cell to the results for each subject and ending that is not among them yet. */
export async function measureCrashes(subjects, { results, say }) {
  const cells = ENDINGS.flatMap((variant) => subjects.map((subject) => ({ subject, variant })));
  await inParallel(missingFrom(results, "crash", cells), CRASHES_AT_A_TIME, async ({ subject, variant }) => {
    say(`crash, ${variant}: ${subject.name}`);
    const moments = [];
    for (const afterMs of MOMENTS_MS[variant] ?? [0])
      moments.push(await orFailed(measureCrash(subject, variant, afterMs)));
    results.add({ ...named("crash", subject, variant), ...moments.find(({ failed }) => failed), moments });
  });
}

/** @returns `{ ended, lost, repeated }`, with a spool also what the next start delivered and what it says is lost */
async function measureCrash(subject, ending, afterMs) {
  const folder = mkdtempSync(join(tmpdir(), "everspan-bench-crash-"));
  const backEnd = await BackEnd.start();
  try {
    const task = { subject: subject.module, options: optionsOf(subject, folder), url: backEnd.url, ending, folder };
    await crash(task, ending, afterMs);
    const ended = endedSpans(folder);
    const before = await backEnd.settled(ended, { quietMs: 1_500 });
    const cell = { ended, lost: ended - before.arrived, repeated: before.repeated };
    if (subject.spool !== true) return cell;
    const { account } = await crash({ ...task, ending: "drain" }, "drain");
    const after = await backEnd.settled(ended, { quietMs: 1_500 });
    return { ...cell, lostAfterStart: ended - after.arrived, lostByOwnAccount: account?.lost };
  } finally {
    await backEnd.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @returns once the process has ended; `account` when it said one */
function crash(task, ending, afterMs) {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, [JSON.stringify(task)], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    let account;
    child.on("message", (message) => {
      account ??= message.account;
      if (message.refused !== undefined) reject(new Error(message.refused));
      if (message.started === true && ending.startsWith("SIG")) setTimeout(() => child.kill(ending), afterMs);
    });
    const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    child.on("exit", () => {
      clearTimeout(patience);
      resolve({ account });
    });
  });
}

/** The process counts in a file what it has ended: nothing else survives it. */
function endedSpans(folder) {
  const file = join(folder, "ended");
  return existsSync(file) ? readFileSync(file).readUInt32LE(0) : 0;
}

function named(section, { name }, variant) {
  return { section, subject: name, variant };
}

function missingFrom(results, section, cells) {
  return cells.filter(({ subject, variant }) => !results.has(named(section, subject, variant)));
}

async function orFailed(measuring) {
  try {
    return await measuring;
  } catch (error) {
    return { failed: String(error.message).split("\n")[0].slice(0, 120) };
  }
}

async function inParallel(cells, atATime, measure) {
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < cells.length; i = next++) await measure(cells[i]);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
