/** Runs `programs/steady-agent.mjs` and speaks with it. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FlushResult, TracerStats } from "everspan";

interface Answers {
  record: number;
  flush: FlushResult;
  stats: TracerStats;
  "collect garbage": number;
  worker: FlushResult;
  end: FlushResult;
}

export interface SteadyAgent extends AsyncDisposable {
  readonly process: ChildProcess;
  ask<C extends keyof Answers>(command: C, argument?: number): Promise<Answers[C]>;
}

const PROGRAM = fileURLToPath(new URL("programs/steady-agent.mjs", import.meta.url));

export async function startSteadyAgent(
  backEndUrl: string,
  env: Record<string, string> = {},
  flags: string[] = [],
): Promise<SteadyAgent> {
  const child = fork(PROGRAM, {
    env: { PATH: process.env.PATH, BACKEND_URL: backEndUrl, ...env },
    execArgv: ["--expose-gc", ...flags],
    // What V8 prints when it runs out of memory is no news to a test that makes it do so.
    stdio: ["ignore", "inherit", flags.length > 0 ? "ignore" : "inherit", "ipc"],
  });
  const waiting = new Map<number, (answer: never) => void>();
  let lastId = 0;
  const ready = new Promise((resolve) => waiting.set(0, resolve));
  child.on("message", ({ id, answer }: { id: number; answer: never }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  await ready;
  return {
    process: child,
    ask: (command, argument) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve as (answer: never) => void);
        child.send({ id: lastId, command, argument });
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}
