/** Runs `programs/spooled-agent.mjs` and reads what it says until it dies. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as elapsed } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FlushResult } from "everspan";

const PROGRAM = fileURLToPath(new URL("programs/spooled-agent.mjs", import.meta.url));
/** No agent here lives longer; one that hangs is killed, and what it should have said is missing. */
const LONGEST_LIFE_MS = 60_000;

export interface AgentLife {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Spans that the agent found ended, and open, on disk. An open one may have ended since. */
  readonly ended: readonly string[];
  readonly open: readonly string[];
  /** What `run` recorded, whether it reached the disk or not. */
  readonly recorded: Recorded;
  readonly stats: FlushResult | undefined;
}

/** Spans by id; one more may have been started when the agent died. */
export interface Recorded {
  readonly traceIdOf: ReadonlyMap<string, string>;
  /** Of these the end was under way. */
  readonly ending: ReadonlySet<string>;
  /** Their ids when the event loop last turned: what any account must know. */
  readonly settledStarts: ReadonlySet<string>;
  readonly settledEnds: ReadonlySet<string>;
}

/** So long after the agent's first word, or after so many words: by its own steps, however slow the machine is. */
export type KillMoment = { readonly afterMs: number } | { readonly afterLines: number };

export interface AgentOptions {
  readonly backEndUrl: string;
  readonly directory: string;
  /** What `backEndUrl` speaks. Default `sgp`. */
  readonly exporter?: "sgp" | "collector";
  /** When to send SIGKILL. Default: never. */
  readonly kill?: KillMoment;
  readonly flags?: readonly string[];
  readonly lingerMs?: number;
}

export async function runSpooledAgent(how: string, options: AgentOptions): Promise<AgentLife> {
  const { EVERSPAN_BENCH_SDK } = process.env;
  const child = spawn(process.execPath, [...(options.flags ?? []), PROGRAM, how], {
    env: {
      PATH: process.env.PATH,
      BACKEND_URL: options.backEndUrl,
      EXPORTER: options.exporter ?? "sgp",
      SPOOL_DIRECTORY: options.directory,
      LINGER_MS: String(options.lingerMs ?? 50),
      ...(EVERSPAN_BENCH_SDK === undefined ? {} : { EVERSPAN_BENCH_SDK }),
    },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: LONGEST_LIFE_MS,
    killSignal: "SIGKILL",
  });
  const notes = new LifeNotes();
  const { kill } = options;
  let lines = 0;
  createInterface(child.stdout).on("line", (line) => {
    const said = JSON.parse(line) as Said;
    notes.take(said);
    lines += 1;
    if (kill === undefined) return;
    if ("afterLines" in kill) {
      if (lines > kill.afterLines) child.kill("SIGKILL");
    } else if (said.pid !== undefined) void elapsed(kill.afterMs).then(() => child.kill("SIGKILL"));
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...notes.all }));
  });
}

interface Said {
  readonly pid?: number;
  readonly started?: string;
  readonly traceId?: string;
  readonly ending?: string;
  readonly turned?: true;
  readonly open?: string;
  readonly ended?: string;
  readonly stats?: FlushResult;
}

class LifeNotes {
  readonly #ended: string[] = [];
  readonly #open: string[] = [];
  readonly #traceIdOf = new Map<string, string>();
  readonly #ending = new Set<string>();
  #settledStarts: ReadonlySet<string> = new Set();
  #settledEnds: ReadonlySet<string> = new Set();
  #stats: FlushResult | undefined;

  take(said: Said): void {
    if (said.started !== undefined && said.traceId !== undefined) this.#traceIdOf.set(said.started, said.traceId);
    if (said.ending !== undefined) this.#ending.add(said.ending);
    if (said.turned === true) this.#settle();
    if (said.ended !== undefined) this.#ended.push(said.ended);
    if (said.open !== undefined) this.#open.push(said.open);
    this.#stats ??= said.stats;
  }

  get all(): Omit<AgentLife, "code" | "signal"> {
    const recorded = {
      traceIdOf: this.#traceIdOf,
      ending: this.#ending,
      settledStarts: this.#settledStarts,
      settledEnds: this.#settledEnds,
    };
    return { ended: this.#ended, open: this.#open, recorded, stats: this.#stats };
  }

  #settle(): void {
    this.#settledStarts = new Set(this.#traceIdOf.keys());
    this.#settledEnds = new Set(this.#ending);
  }
}

/** Nothing listens there. */
export const DEAD_BACK_END = "http://127.0.0.1:9";
