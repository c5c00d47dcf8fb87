/** One measurement: a fresh back end, a fresh process, one tracer, one workload. Bounded in time and in memory. */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BackEnd } from "./back-end-process.mjs";

const PROGRAM = fileURLToPath(new URL("measured.mjs", import.meta.url));
/** Who is told to stop and doesn't, because its event loop does not turn, is killed after so much more. */
const STOP_MS = 20_000;
/** What the largest workload holds at the same time fits in it several times over. */
const HEAP_FLAG = "--max-old-space-size=4096";

/**
 * @param options.limitMs who takes longer is cut off, and what has arrived by then counts
 * @param options.faults `[{ atMs, fault }]`, from the workload's beginning
 * @param options.node the binary that runs it; default: the one that runs this
 * @param options.closeAtMs when the tracer is told to end, from the beginning; default: after the last span
 */
export async function measureCell(subject, workload, options = {}) {
  const { latencyMs = 150, limitMs = 60_000, faults = [], closeAtMs, node = process.execPath } = options;
  const backEnd = await BackEnd.start({ latencyMs });
  const folder = mkdtempSync(join(tmpdir(), "everspan-bench-cell-"));
  const timers = [];
  const after = (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    timers.push(timer);
    return timer;
  };
  let child;
  try {
    const { module, scale } = subject;
    const task = { subject: module, options: optionsOf(subject, folder), url: backEnd.url, workload, closeAtMs, scale };
    const stdio = ["ignore", "ignore", "pipe", "ipc"];
    child = fork(PROGRAM, [JSON.stringify(task)], { execPath: node, execArgv: [HEAP_FLAG], stdio });
    const said = lastErrorOf(child.stderr);
    const messages = messagesOf(child, said);
    const hanging = after(limitMs + STOP_MS, () => child.kill("SIGKILL"));
    await messages.next("started");
    for (const { atMs, fault } of faults) after(atMs, () => backEnd.fault(fault));
    after(limitMs, () => tell(child, { stop: true }));
    const { expected, isFinished } = await messages.next("closed");
    clearTimeout(hanging);
    const arrivals = await backEnd.settled(expected);
    after(STOP_MS, () => child.kill("SIGKILL"));
    tell(child, { report: true });
    const measured = await messages.next("cpuMicrosPerSpan");
    return { ...cellResult(subject, expected, measured, arrivals), ...(isFinished ? {} : { limitMs }) };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    child?.kill("SIGKILL");
    await backEnd.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Whoever has ended meanwhile need not hear it: its end is noticed elsewhere. */
function tell(child, message) {
  if (child.connected) child.send(message, () => {});
}

/** A subject with a spool gets a folder of its own for it. */
export function optionsOf({ options, spool }, folder) {
  if (spool !== true) return options;
  return { ...options, tuning: { ...options?.tuning, spool: { directory: join(folder, "spool") } } };
}

function cellResult(subject, expected, measured, arrivals) {
  const deliveredMs = arrivals.lastNewAtMs === 0 ? undefined : arrivals.lastNewAtMs - measured.startedAtMs;
  const { arrived, repeated, cut, requests, refused, connections, wireBytes } = arrivals;
  return {
    spans: expected,
    lost: subject.tracesNothing === true ? undefined : expected - arrived,
    lostByOwnAccount: measured.account?.lost,
    repeated,
    cut,
    requests,
    refused,
    connections,
    wireBytesPerSpan: wireBytes / expected,
    deliveredMs,
    ...measured,
  };
}

/** Waits for messages by one of their fields; a process that ends before is an error that says its last words. */
function messagesOf(child, said) {
  const waiting = new Map();
  const kept = [];
  let ended;
  child.on("message", (message) => {
    for (const [field, { resolve }] of waiting) {
      if (!(field in message)) continue;
      waiting.delete(field);
      resolve(message);
      return;
    }
    kept.push(message);
  });
  child.on("exit", (code, signal) => {
    ended = new Error(`the measured process ended with ${code ?? signal}: ${said()}`);
    for (const { reject } of waiting.values()) reject(ended);
  });
  return {
    next: (field) =>
      new Promise((resolve, reject) => {
        const index = kept.findIndex((message) => field in message);
        if (index !== -1) resolve(kept.splice(index, 1)[0]);
        else if (ended !== undefined) reject(ended);
        else waiting.set(field, { resolve, reject });
      }),
  };
}

/** Of what a process prints before it ends, kept: stacks are long, and what names the error stands before them. */
const SAID_CHARS = 64 * 1024;
const ERROR_LINE = /^[ \t]*(\w*(?:Error|Exception)\b.*|FATAL ERROR: .*)$/gm;

function lastErrorOf(stream) {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    text = (text + chunk).slice(-SAID_CHARS);
  });
  return () => lastErrorIn(text);
}

/** The line that names the last error, without its stack: the places of this machine stand there. */
function lastErrorIn(text) {
  return [...text.matchAll(ERROR_LINE)].at(-1)?.[1] ?? "no error was named";
}
