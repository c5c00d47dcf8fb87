/**
 * Preloaded into a collector (`node --import`): tells its parent on request how long its event loop stopped at most since
 * the last question, and how much memory was resident at most. Nothing of it is in the product.
 */
const TICK_MS = 2;

let longestMs = 0;
let longestCpuMs = 0;
let peakResidentBytes = 0;
let lastMs = performance.now();
let lastCpu = process.cpuUsage();

const ticks = setInterval(() => {
  const nowMs = performance.now();
  const cpu = process.cpuUsage();
  const stoppedMs = nowMs - lastMs - TICK_MS;
  if (stoppedMs > longestMs) {
    longestMs = stoppedMs;
    // Of all threads of the process: an upper bound of what this one used.
    longestCpuMs = (cpu.user + cpu.system - lastCpu.user - lastCpu.system) / 1000;
  }
  peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
  [lastMs, lastCpu] = [nowMs, cpu];
}, TICK_MS);
ticks.unref();

process.on("message", () => {
  process.send?.({ longestMs, longestCpuMs, peakResidentBytes });
  [longestMs, longestCpuMs, peakResidentBytes] = [0, 0, 0];
});
// Listening to the parent is no reason to live.
process.channel?.unref();
