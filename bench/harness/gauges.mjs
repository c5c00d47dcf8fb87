/** What is read off the measured process itself: time per span, CPU, event-loop delay, memory. */
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;

/** Microseconds of one thing measured many times; room for all of them is taken before. */
export class Timings {
  #micros;
  #count = 0;

  constructor(capacity) {
    this.#micros = new Float64Array(capacity);
  }

  add(micros) {
    if (this.#count < this.#micros.length) this.#micros[this.#count++] = micros;
  }

  summary() {
    const sorted = this.#micros.subarray(0, this.#count).toSorted();
    const at = (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
    const sum = sorted.reduce((total, each) => total + each, 0);
    return { p50: at(0.5), p99: at(0.99), max: at(1), mean: sum / Math.max(1, sorted.length) };
  }
}

/** Watches the event loop and the CPU from now on. */
export class ProcessGauges {
  #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cpu = process.cpuUsage();

  constructor() {
    this.#delay.enable();
  }

  cpuMicros() {
    const { user, system } = process.cpuUsage(this.#cpu);
    return user + system;
  }

  /** How much later than asked the event loop turned, in milliseconds. */
  loopDelay() {
    const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return { p99: late(this.#delay.percentile(99)), max: late(this.#delay.max) };
  }
}

/** The most memory that was ever resident, in MiB. */
export function peakResidentMiB() {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return line === null ? process.resourceUsage().maxRSS / 1024 : Number(line[1]) / 1024;
}
