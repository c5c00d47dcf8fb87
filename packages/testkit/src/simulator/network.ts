import type { ExportOutcome } from "everspan/internals";
import { Draws } from "./draws.ts";
import { type Fault, type LanePlan, RETRY_AFTER_MS, type RequestFault, type RetryAfter } from "./plan.ts";
import type { SimRecord } from "./sim-record.ts";

const REPLAY_AFTER_MS = 600_000;
const ZOMBIE_AFTER_MS = 90_000;

/** What becomes of one request. */
export interface Fate {
  /** When the back end applies what it takes of the batch: never, once, or again. */
  readonly applyAtMs: readonly number[];
  readonly taken: readonly SimRecord[];
  /** Absent when no answer ever comes. */
  readonly answer?: { readonly atMs: number; readonly outcome: ExportOutcome };
}

interface Verdict {
  readonly taken: readonly SimRecord[];
  readonly outcome: ExportOutcome;
}

/** One lane's way to its back end. What happens to request n depends on the seed, the lane and n alone. */
export class Network {
  readonly #seed: number;
  readonly #lane: LanePlan;
  readonly #index: number;
  #requests = 0;
  isHealed = false;

  constructor(seed: number, lane: LanePlan, index: number) {
    this.#seed = seed;
    this.#lane = lane;
    this.#index = index;
  }

  request(sent: readonly SimRecord[], nowMs: number): Fate {
    this.#requests += 1;
    const draws = new Draws(this.#seed, this.#index + 1, this.#requests);
    const latencyMs = this.#lane.latencyMs * (0.5 + draws.fraction());
    for (const fault of this.#isActive(nowMs, draws)) {
      const fate = this.#strike(fault, sent, nowMs, latencyMs, draws);
      if (fate !== undefined) return fate;
    }
    return this.#serve(sent, nowMs, latencyMs);
  }

  #isActive(nowMs: number, draws: Draws): readonly Fault[] {
    if (this.isHealed) return [];
    return this.#lane.faults.filter((fault) => {
      if ("probability" in fault) return draws.chance(fault.probability);
      if ("toMs" in fault) return nowMs >= fault.fromMs && nowMs < fault.toMs;
      if (fault.kind === "flapping") return Math.floor(nowMs / fault.periodMs) % 2 === 1;
      return false;
    });
  }

  #strike(fault: Fault, sent: readonly SimRecord[], nowMs: number, latencyMs: number, draws: Draws): Fate | undefined {
    switch (fault.kind) {
      case "flapping":
        return refusal(nowMs, "refused", "none");
      case "busy":
      case "outage":
        return refusal(nowMs + latencyMs, "503", fault.retryAfter);
      case "misconfigured":
        return { applyAtMs: [], taken: [], answer: at(nowMs + latencyMs, { kind: "misconfigured", reason: "401" }) };
      case "hang":
        return { applyAtMs: [], taken: [] };
      case "slow":
        return this.#serve(sent, nowMs, fault.latencyMs);
      case "size-limit":
      case "bad-records":
        return undefined;
      default:
        return this.#strikeRequest(fault.kind, sent, nowMs, latencyMs, draws);
    }
  }

  #strikeRequest(kind: RequestFault, sent: readonly SimRecord[], nowMs: number, latencyMs: number, draws: Draws): Fate {
    const verdict = this.#judge(sent, nowMs);
    const half = nowMs + latencyMs / 2;
    const end = nowMs + latencyMs;
    switch (kind) {
      case "refused":
        return refusal(nowMs, "ECONNREFUSED", "none");
      case "lost-request":
        return { applyAtMs: [], taken: [] };
      case "lost-answer":
        return { applyAtMs: [half], taken: verdict.taken };
      case "zombie":
        return { applyAtMs: [nowMs + draws.between(0, ZOMBIE_AFTER_MS)], taken: verdict.taken };
      case "reset": {
        const outcome: ExportOutcome = { kind: "busy", reason: "ECONNRESET", maybeDelivered: true };
        return { applyAtMs: draws.chance(0.5) ? [half] : [], taken: verdict.taken, answer: at(end, outcome) };
      }
      case "replay":
        return {
          applyAtMs: [half, nowMs + REPLAY_AFTER_MS],
          taken: verdict.taken,
          answer: at(end, verdict.outcome),
        };
      case "half":
        return halfArrived(sent, new Set(verdict.taken), { half, end }, draws);
      case "odd-partial":
        return {
          applyAtMs: [half],
          taken: verdict.taken,
          answer: at(end, withStrangers(verdict.outcome, sent.length)),
        };
    }
  }

  #serve(sent: readonly SimRecord[], nowMs: number, latencyMs: number): Fate {
    const { taken, outcome } = this.#judge(sent, nowMs);
    return { applyAtMs: [nowMs + latencyMs / 2], taken, answer: at(nowMs + latencyMs, outcome) };
  }

  /** What a back end that works says of a batch. */
  #judge(sent: readonly SimRecord[], nowMs: number): Verdict {
    for (const fault of this.#lane.faults) {
      if (fault.kind === "size-limit" && bytesOf(sent) > fault.bytes)
        return { taken: [], outcome: { kind: "tooLarge" } };
      if (fault.kind !== "bad-records" || nowMs < fault.fromMs) continue;
      const bad = sent.filter((revision) => revision.offer.isBad);
      if (bad.length === 0) continue;
      if (fault.answer === "poison") return { taken: [], outcome: { kind: "poison", reason: "400" } };
      if (fault.answer === "partial") {
        const rejected = bad.map(({ id }) => ({ id, reason: "bad" }));
        return { taken: sent.filter((revision) => !revision.offer.isBad), outcome: { kind: "partial", rejected } };
      }
      if (!this.isHealed) return { taken: [], outcome: { kind: "busy", reason: "500" } };
    }
    return { taken: sent, outcome: { kind: "delivered" } };
  }
}

/** As a back end that takes one request a record: each arrives, may have arrived, or did not; the last failed. */
function halfArrived(
  sent: readonly SimRecord[],
  good: ReadonlySet<SimRecord>,
  { half, end }: { readonly half: number; readonly end: number },
  draws: Draws,
): Fate {
  const taken: SimRecord[] = [];
  const delivered: number[] = [];
  const maybeDelivered: number[] = [];
  for (const [position, record] of sent.entries()) {
    const fate = draws.pick(["arrived", "arrived", "lost", "unknown"]);
    if (fate === "arrived" && good.has(record)) delivered.push(position);
    if (fate === "unknown") maybeDelivered.push(position);
    if (good.has(record) && (fate === "arrived" || (fate === "unknown" && draws.chance(0.5)))) taken.push(record);
  }
  const outcome: ExportOutcome = { kind: "busy", reason: "half of it arrived", delivered, maybeDelivered };
  return { applyAtMs: [half], taken, answer: at(end, outcome) };
}

function at(atMs: number, outcome: ExportOutcome): { readonly atMs: number; readonly outcome: ExportOutcome } {
  return { atMs, outcome };
}

function refusal(atMs: number, reason: string, retryAfter: RetryAfter): Fate {
  const retryAfterMs = RETRY_AFTER_MS[retryAfter];
  const outcome: ExportOutcome =
    retryAfterMs === undefined ? { kind: "busy", reason } : { kind: "busy", reason, retryAfterMs };
  return { applyAtMs: [], taken: [], answer: at(atMs, outcome) };
}

function withStrangers(outcome: ExportOutcome, count: number): ExportOutcome {
  if (outcome.kind !== "delivered" && outcome.kind !== "partial") return outcome;
  const rejected = outcome.kind === "partial" ? [...outcome.rejected, ...outcome.rejected] : [];
  for (let i = 0; i <= count; i++) rejected.push({ id: `stranger-${i}`, reason: "unknown" });
  return { kind: "partial", rejected };
}

function bytesOf(sent: readonly SimRecord[]): number {
  let bytes = 0;
  for (const revision of sent) bytes += revision.bytes;
  return bytes;
}
