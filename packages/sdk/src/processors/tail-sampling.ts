import type { SpanSnapshot } from "@everspan/protocol";
import { refuseUnknown, requireObject, resolveNumbers, unfit } from "../contract/check-options.ts";
import { HeldTraces } from "./held-traces.ts";
import type { TailBounds, TailRules } from "./tail-rules.ts";
import type { TailSampler } from "./tail-sampler.ts";

/** What a property of `data` is compared with. */
export type DataValue = string | number | boolean | null;

/** A trace is kept when any of the rules holds for any of its spans. */
export interface TailSamplingOptions {
  /** Rule: a span with status `ERROR`. Default true. */
  readonly errors?: boolean | undefined;
  /** Rule: it takes longer than this, in milliseconds, from its first start to its last end. Default: no such rule. */
  readonly slowerThanMs?: number | undefined;
  /** Rule: a span of one of these names. Default: no such rule. */
  readonly names?: readonly (string | RegExp)[] | undefined;
  /** Rule: a span whose `data` has one of these properties with this value, or one of these. Default: no such rule. */
  readonly data?: Readonly<Record<string, DataValue | readonly DataValue[]>> | undefined;
  /**
   * Rule of your own: gets each snapshot, started and ended, as it was recorded (before `processors`), on the
   * application's path. One that throws keeps the trace. Default: no such rule.
   */
  readonly keep?: ((snapshot: SpanSnapshot) => boolean) | undefined;
  /** Rule: this share of all traces, from 0 to 1, by the trace id alone, as `sampleTraces`. Default 0. */
  readonly share?: number | undefined;
  /** How long a trace is held at most, from its first span on, in milliseconds. Default 60 000. */
  readonly decisionWaitMs?: number | undefined;
  /** Most traces that are held; with one more the oldest is undecided. Default 1 000. */
  readonly maxTraces?: number | undefined;
  /** Most bytes that they hold; what records share counts once. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * What becomes of a trace that can't be held until it is over: it takes longer than `decisionWaitMs`, there is no room
   * for it, or the process ends. Default `keep`.
   */
  readonly undecided?: "keep" | "leave out" | undefined;
}

const RULES = ["errors", "slowerThanMs", "names", "data", "keep", "share", "undecided"] as const;
const BOUNDS: TailBounds = { decisionWaitMs: 60_000, maxTraces: 1_000, maxBytes: 16 * 1024 * 1024 };

/**
 * Holds the spans of each trace in memory until none of them is open, and then sends the trace whole or leaves it out,
 * counted as `sampled`. For `new Tracer({ tailSampling: tailSampling({ … }) })`; see `docs/sampling.md`.
 *
 * @throws EverspanError `EVERSPAN_INVALID_OPTION`
 */
export function tailSampling(options: TailSamplingOptions = {}): TailSampler {
  requireObject("tailSampling", options);
  refuseUnknown("tailSampling", options, [...RULES, ...Object.keys(BOUNDS)]);
  const { decisionWaitMs, maxTraces, maxBytes } = options;
  const bounds = resolveNumbers("tailSampling", BOUNDS, { decisionWaitMs, maxTraces, maxBytes });
  const rules = resolveRules(options);
  return { begin: (host, pass) => new HeldTraces(rules, bounds, host, pass) };
}

function resolveRules(options: TailSamplingOptions): TailRules {
  const { errors = true, slowerThanMs, names = [], data = {}, keep, share = 0, undecided = "keep" } = options;
  if (typeof errors !== "boolean") throw unfit("tailSampling.errors", "a boolean", errors);
  if (slowerThanMs !== undefined && !(typeof slowerThanMs === "number" && slowerThanMs > 0)) {
    throw unfit("tailSampling.slowerThanMs", "a number above 0", slowerThanMs);
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === "string" || name instanceof RegExp)) {
    throw unfit("tailSampling.names", "an array of strings and regular expressions", names);
  }
  requireObject("tailSampling.data", data);
  if (keep !== undefined && typeof keep !== "function") throw unfit("tailSampling.keep", "a function", keep);
  if (typeof share !== "number" || !(share >= 0 && share <= 1))
    throw unfit("tailSampling.share", "a number from 0 to 1", share);
  if (undecided !== "keep" && undecided !== "leave out")
    throw unfit("tailSampling.undecided", '"keep" or "leave out"', undecided);
  const values = new Map(Object.entries(data).map(([key, value]) => [key, new Set<unknown>([value].flat())]));
  return {
    errors,
    slowerThanMs: slowerThanMs ?? Number.POSITIVE_INFINITY,
    names: [...names],
    data: values,
    keep,
    share,
    keepsUndecided: undecided === "keep",
  };
}
