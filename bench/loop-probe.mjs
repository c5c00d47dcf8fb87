/**
 * Preloaded into a collector (`node --import`): tells its parent on request how long its event loop stopped at most since
 * the last question, and how much memory was resident at most. Nothing of it is in the product.
 */
import { openSync, readSync } from "node:fs";

const TICK_MS = 2;

/** Of the thread of the event loop alone (Linux): what it computed, without its waits for a processor or the disk. */
const schedule = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
const line = Buffer.alloc(64);

let longestMs = 0;
let longestOwnMs = 0;
let peakResidentBytes = 0;
let lastMs = performance.now();
let lastOwnMs = ownMs();

const ticks = setInterval(() => {
  const [nowMs, nowOwnMs] = [performance.now(), ownMs()];
  longestMs = Math.max(longestMs, nowMs - lastMs - TICK_MS);
  longestOwnMs = Math.max(longestOwnMs, nowOwnMs - lastOwnMs);
  peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
  [lastMs, lastOwnMs] = [nowMs, nowOwnMs];
}, TICK_MS);
ticks.unref();

process.on("message", () => {
  process.send?.({ longestMs, longestOwnMs, peakResidentBytes });
  [longestMs, longestOwnMs, peakResidentBytes] = [0, 0, 0];
});
// Listening to the parent is no reason to live.
process.channel?.unref();

function ownMs() {
  const bytes = readSync(schedule, line, 0, line.byteLength, 0);
  return Number(line.toString("latin1", 0, bytes).split(" ", 1)[0]) / 1e6;
}
