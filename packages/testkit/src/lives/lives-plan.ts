import { Draws } from "../simulator/draws.ts";

/** Processes that follow each other on one spool directory, as plain JSON. The last one finds everything well. */
export interface LivesPlan {
  readonly seed: number;
  readonly lanes: readonly string[];
  readonly durability: "process" | "power";
  readonly lives: readonly LifePlan[];
  /** How likely the last life's back ends refuse a record, which may have arrived before. */
  readonly lastRefusal: number;
}

export interface LifePlan {
  readonly queueRecords: number;
  readonly maxBytes: number;
  readonly segmentBytes: number;
  readonly batchRecords: number;
  /** How likely each back end answers as it should. */
  readonly health: readonly number[];
  /** How likely each back end refuses a record for good. */
  readonly refusal: number;
  readonly steps: readonly Step[];
  readonly ending: Ending;
}

export type Step =
  | { readonly kind: "start"; readonly spans: number; readonly bytes: number }
  /** Ends the oldest of the spans that are open. */
  | { readonly kind: "end"; readonly spans: number; readonly bytes: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "flush"; readonly timeoutMs: number }
  /** Makes sure that everything so far is on disk. */
  | { readonly kind: "secure" }
  | { readonly kind: "break"; readonly call: BreakableCall; readonly code: string; readonly times: number };

export type BreakableCall = "write" | "fsync" | "open" | "rename" | "unlink";

/** How a process ends. */
export type Ending =
  /** Killed between two turns of its event loop. */
  | { readonly kind: "kill" }
  /** Killed between two calls of the file system: so far back, as a part of all that this life did. */
  | { readonly kind: "kill-amid"; readonly part: number }
  /** The power fails, and of what no fsync covers this part stays. */
  | { readonly kind: "power-cut"; readonly part: number; readonly kept: number }
  /** Killed when all is well and everything that can be delivered is. */
  | { readonly kind: "kill-in-peace" }
  /** `process.exit()`. */
  | { readonly kind: "exit" }
  | { readonly kind: "shutdown"; readonly timeoutMs: number };

const ENDINGS = ["kill", "kill-amid", "kill-amid", "kill-in-peace", "power-cut", "exit", "shutdown"] as const;

/** What one seed tries. */
export function drawLives(seed: number): LivesPlan {
  const draws = new Draws(seed, 21);
  const lanes = ["sgp", "otlp"].slice(0, draws.pick([1, 2, 2]));
  const hasFaults = draws.chance(0.25);
  const lives = Array.from({ length: draws.pick([1, 1, 1, 2, 3]) }, () => drawLife(draws, lanes.length, hasFaults));
  return {
    seed,
    lanes,
    durability: draws.pick(["process", "process", "power"]),
    lives,
    lastRefusal: draws.pick([0, 0, 0.3]),
  };
}

function drawLife(draws: Draws, lanes: number, hasFaults: boolean): LifePlan {
  return {
    queueRecords: draws.pick([6, 6, 20, 10_000]),
    maxBytes: draws.pick([20_000, 1 << 30, 1 << 30, 1 << 30]),
    segmentBytes: draws.pick([400, 1_500, 1 << 20]),
    batchRecords: draws.pick([1, 1, 5, 50]),
    health: Array.from({ length: lanes }, () => draws.pick([0, 0.3, 0.6, 1])),
    refusal: draws.pick([0, 0, 0.2]),
    steps: Array.from({ length: draws.whole(3, 30) }, () => drawStep(draws, hasFaults)),
    ending: drawEnding(draws),
  };
}

function drawStep(draws: Draws, hasFaults: boolean): Step {
  const bytes = draws.pick([10, 100, 600]);
  switch (draws.pick(["start", "start", "end", "end", "pass", "pass", "pass", "flush", "secure", "break"])) {
    case "start":
      return { kind: "start", spans: draws.whole(1, 4), bytes };
    case "end":
      return { kind: "end", spans: draws.whole(1, 4), bytes };
    case "flush":
      return { kind: "flush", timeoutMs: draws.pick([0, 300, 3_000]) };
    case "secure":
      return { kind: "secure" };
    case "break":
      if (hasFaults) {
        const call = draws.pick(["write", "fsync", "open", "rename", "unlink"] as const);
        return { kind: "break", call, code: draws.pick(["EIO", "ENOSPC", "EMFILE"]), times: draws.whole(1, 3) };
      }
      return { kind: "secure" };
    default:
      return { kind: "pass", ms: draws.pick([1, 15, 15, 40, 300, 2_000]) };
  }
}

function drawEnding(draws: Draws): Ending {
  const kind = draws.pick(ENDINGS);
  switch (kind) {
    case "kill-amid":
      return { kind, part: draws.fraction() };
    case "power-cut":
      return { kind, part: draws.fraction(), kept: draws.fraction() };
    case "shutdown":
      return { kind, timeoutMs: draws.pick([0, 50, 1_000]) };
    default:
      return { kind };
  }
}
