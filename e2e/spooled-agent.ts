/** Runs `programs/spooled-agent.mjs` and reads what it says until it dies. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as elapsed } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FlushResult } from "everspan";

const PROGRAM = fileURLToPath(new URL("programs/spooled-agent.mjs", import.meta.url));

export interface AgentLife {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Spans that the agent found ended, and open, on disk. An open one may have ended since. */
  readonly ended: readonly string[];
  readonly open: readonly string[];
  readonly stats: FlushResult | undefined;
}

export interface AgentOptions {
  readonly backEndUrl: string;
  readonly directory: string;
  /** Sends SIGKILL so long after its first word. */
  readonly killAfterMs?: number;
  readonly flags?: readonly string[];
  readonly lingerMs?: number;
}

export async function runSpooledAgent(how: string, options: AgentOptions): Promise<AgentLife> {
  const child = spawn(process.execPath, [...(options.flags ?? []), PROGRAM, how], {
    env: {
      PATH: process.env.PATH,
      BACKEND_URL: options.backEndUrl,
      SPOOL_DIRECTORY: options.directory,
      LINGER_MS: String(options.lingerMs ?? 50),
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended: string[] = [];
  const open: string[] = [];
  let stats: FlushResult | undefined;
  createInterface(child.stdout).on("line", (line) => {
    const said = JSON.parse(line) as { ended?: string; open?: string; stats?: FlushResult; pid?: number };
    if (said.ended !== undefined) ended.push(said.ended);
    if (said.open !== undefined) open.push(said.open);
    stats ??= said.stats;
    if (said.pid !== undefined) void killAfter(options.killAfterMs, () => child.kill("SIGKILL"));
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ended, open, stats }));
  });
}

async function killAfter(delayMs: number | undefined, kill: () => void): Promise<void> {
  if (delayMs === undefined) return;
  await elapsed(delayMs);
  kill();
}

/** Nothing listens there. */
export const DEAD_BACK_END = "http://127.0.0.1:9";
