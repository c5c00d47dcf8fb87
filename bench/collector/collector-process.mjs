/** A collector as a process of its own, on a data directory of its own that goes with it. Linux only: reads `/proc`. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** @param cli the built `cli.js` @param nodeArgs of the process, such as `--cpu-prof` @param serveArgs beyond the usual */
export async function startCollector(
  cli,
  { nodeArgs = [], serveArgs = [], data = mkdtempSync(join(tmpdir(), "everspan-bench-")) } = {},
) {
  const args = [...nodeArgs, cli, "serve", "--port", "0", "--data", data, "--no-sample", ...serveArgs];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the collector ended with ${code}`)));
    createInterface(child.stdout).on("line", (line) => {
      const found = /listening on (\S+)/.exec(line);
      if (found !== null) resolve(found[1]);
    });
  });
  return {
    url,
    data,
    pid: child.pid,
    cpuMicros: () => cpuOfAll(child.pid),
    /** Of the process that serves alone. */
    servingCpuMicros: () => cpuMicros(child.pid),
    /** Bytes of the data directory's files. */
    bytes: () => readdirSync(data).reduce((sum, name) => sum + statSync(join(data, name)).size, 0),
    /** Of all its processes together, what they share counted once for each. */
    highWaterMiB: () => familyOf(child.pid).reduce((sum, pid) => sum + highWaterMiB(pid), 0),
    /** Resolves once it works on nothing any more, after half a minute at the latest. */
    quiet: async () => {
      let [idle, before] = [0, cpuOfAll(child.pid)];
      for (let second = 0; second < 30 && idle < 3; second++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const now = cpuOfAll(child.pid);
        idle = now - before < 150_000 ? idle + 1 : 0;
        before = now;
      }
    },
    /** @param keepsData leaves the directory */
    stop: async ({ signal = "SIGTERM", keepsData = false } = {}) => {
      child.kill(signal);
      await exited;
      if (!keepsData) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A process and those that it started. */
function familyOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...(children === "" ? [] : children.split(" ").map(Number))];
}

function cpuOfAll(pid) {
  return familyOf(pid).reduce((sum, one) => sum + cpuMicros(one), 0);
}

function highWaterMiB(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

/** User and system time of a process with all its threads; Linux counts it in hundredths of a second. */
function cpuMicros(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
