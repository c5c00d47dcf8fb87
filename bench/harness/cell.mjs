/** One measurement: a fresh back end, a fresh process, one tracer, one workload. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BackEnd } from "./back-end-process.mjs";

const PROGRAM = fileURLToPath(new URL("measured.mjs", import.meta.url));
/** Who takes longer than this is cut off, and what has arrived by then counts. */
const PATIENCE_MS = 90_000;

/**
 * @param options.faults `[{ atMs, fault }]`, from the workload's beginning
 * @param options.closeAtMs when the tracer is told to end, from the beginning; default: after the last span
 */
export async function measureCell(subject, workload, options = {}) {
  const { latencyMs = 150, faults = [], closeAtMs, execArgv = [] } = options;
  const backEnd = await BackEnd.start({ latencyMs });
  const timers = [];
  try {
    const task = { subject: subject.module, options: subject.options, url: backEnd.url, workload, closeAtMs };
    task.scale = subject.scale;
    const child = fork(PROGRAM, [JSON.stringify(task)], { execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const said = lastLinesOf(child.stderr);
    const messages = messagesOf(child, said);
    await messages.next("started");
    for (const { atMs, fault } of faults) timers.push(setTimeout(() => backEnd.fault(fault), atMs));
    const patience = setTimeout(() => child.send({ stop: true }), PATIENCE_MS + (closeAtMs ?? 0));
    const { expected } = await messages.next("closed");
    clearTimeout(patience);
    const arrivals = await backEnd.settled(expected);
    child.send({ report: true });
    const measured = await messages.next("cpuMicrosPerSpan");
    return cellResult(subject, workload, expected, measured, arrivals, said());
  } finally {
    for (const timer of timers) clearTimeout(timer);
    await backEnd.stop();
  }
}

function cellResult(subject, workload, expected, measured, arrivals, stderr) {
  const deliveredMs = arrivals.lastNewAtMs === 0 ? undefined : arrivals.lastNewAtMs - measured.startedAtMs;
  const { arrived, repeated, cut, requests, connections, wireBytes } = arrivals;
  return {
    subject: subject.name,
    workload,
    spans: expected,
    lost: subject.tracesNothing === true ? undefined : expected - arrived,
    lostByOwnAccount: measured.account?.lost,
    repeated,
    cut,
    requests,
    refused: arrivals.refused,
    connections,
    wireBytesPerSpan: wireBytes / expected,
    deliveredMs,
    ...measured,
    stderr,
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

const SAID_CHARS = 600;

function lastLinesOf(stream) {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    text = (text + chunk).slice(-SAID_CHARS);
  });
  return () => text.trim();
}
