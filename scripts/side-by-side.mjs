/**
 * Commands run beside each other, as many as there are processors: most of what is checked here uses one.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";

/**
 * Runs a command to its end and keeps what it printed, in the order in which it came.
 * @returns `status` is null when it was ended by a signal, also by its `timeout`
 */
export function runCommand(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const printed = [];
    const stdout = [];
    child.stdout.on("data", (chunk) => printed.push(chunk) && stdout.push(chunk));
    child.stderr.on("data", (chunk) => printed.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout: text(stdout), printed: text(printed) }));
  });
}

function text(chunks) {
  return Buffer.concat(chunks).toString("utf8");
}

/** Does the work of each item, beginning in their order, on as many at a time as there are processors. */
export async function forEachSideBySide(items, work) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, worker));
}
