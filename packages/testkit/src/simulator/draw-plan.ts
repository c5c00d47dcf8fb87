import type { LaneConfig } from "everspan/internals";
import { blobBytes, drawAroundDisk, drawDisk } from "./disk-plan.ts";
import { Draws } from "./draws.ts";
import type { Fault, LanePlan, Offer, Operation, Plan, RetryAfter } from "./plan.ts";

const FAULT_KINDS = [
  "refused",
  "lost-request",
  "lost-answer",
  "zombie",
  "reset",
  "replay",
  "odd-partial",
  "slow",
  "busy",
  "outage",
  "misconfigured",
  "hang",
  "flapping",
  "size-limit",
  "bad-records",
  "half",
] as const satisfies readonly Fault["kind"][];

const RETRY_AFTERS: readonly RetryAfter[] = [
  "none",
  "none",
  "zero",
  "negative",
  "half",
  "long",
  "beyond",
  "huge",
  "infinite",
  "nan",
];

/** What one seed tries: bounds, back ends, a random subset of the faults (a swarm), and what the application does. */
export function drawPlan(seed: number): Plan {
  const draws = new Draws(seed, 1);
  const healAtMs = draws.pick([15_000, 40_000, 170_000]);
  if (draws.chance(0.05)) return drawNeedle(seed, draws);
  const swarm = FAULT_KINDS.filter(() => draws.chance(0.25));
  const lanes = Array.from({ length: draws.pick([1, 1, 1, 2, 2, 3, 4]) }, (_, index) =>
    drawLane(draws, index, swarm, healAtMs),
  );
  const offers = drawOffers(draws, healAtMs, draws.pick([0, 0.02, 0.1]));
  const operations = [...offers, ...drawInterruptions(draws, healAtMs)];
  const plan: Plan = {
    seed,
    queue: { maxRecords: draws.pick([15, 60, 300, 100_000]), maxBytes: draws.pick([20_000, 200_000, 1_000_000_000]) },
    lanes,
    operations: operations.sort((a, b) => a.atMs - b.atMs),
    healAtMs,
    timerLatenessMs: draws.pick([0, 0, 15]),
  };
  const disk = drawDisk(seed, healAtMs);
  return disk === undefined ? plan : { ...plan, ...drawAroundDisk(plan), disk };
}

/** A few bad records in large batches, and nothing else wrong: what a bisection costs can be counted. */
function drawNeedle(seed: number, draws: Draws): Plan {
  const { config, latencyMs } = drawLane(draws, 0, [], 0);
  const batch = { maxRecords: draws.pick([50, 200]), maxBytes: 4_000_000, lingerMs: 250 };
  const delivery = { ...config.delivery, attemptTimeoutMs: 10_000 };
  const faults: Fault[] = [{ kind: "bad-records", answer: "poison", fromMs: 0 }];
  return {
    seed,
    queue: { maxRecords: 100_000, maxBytes: 1_000_000_000 },
    lanes: [{ config: { ...config, batch, delivery }, latencyMs, faults }],
    operations: drawOffers(draws, 300, 0.01).sort((a, b) => a.atMs - b.atMs),
    healAtMs: 15_000,
    timerLatenessMs: 0,
  };
}

function drawLane(draws: Draws, index: number, swarm: readonly Fault["kind"][], healAtMs: number): LanePlan {
  const batch = {
    maxRecords: draws.pick([1, 3, 10, 50, 200]),
    maxBytes: draws.pick([3_000, 30_000, 4_000_000]),
    lingerMs: draws.pick([0, 50, 250, 1_000]),
  };
  const concurrency = draws.whole(1, 4);
  const config: LaneConfig = {
    name: `lane-${index}`,
    batch,
    delivery: {
      concurrency,
      maxConcurrency: index % 2 === 0 ? 4 * concurrency : concurrency,
      attemptTimeoutMs: draws.pick([500, 2_000, 10_000]),
      deliveryTimeoutMs: draws.pick([5_000, 30_000, 120_000]),
    },
    disabled: index > 0 && draws.chance(0.05),
  };
  const faults = swarm.filter(() => draws.chance(0.7)).map((kind) => drawFault(draws, kind, healAtMs));
  return { config, latencyMs: draws.pick([2, 20, 150]), faults };
}

function drawFault(draws: Draws, kind: Fault["kind"], healAtMs: number): Fault {
  const probability = draws.pick([0.1, 0.3, 0.6]);
  const fromMs = draws.between(0, healAtMs / 3);
  const toMs = draws.chance(0.4) ? healAtMs : draws.between(fromMs, healAtMs);
  switch (kind) {
    case "slow":
      return { kind, probability, latencyMs: draws.pick([1_000, 5_000, 30_000]) };
    case "busy":
      return { kind, probability, retryAfter: draws.pick(RETRY_AFTERS) };
    case "outage":
      return { kind, retryAfter: draws.pick(RETRY_AFTERS), fromMs, toMs };
    case "misconfigured":
    case "hang":
      return { kind, fromMs, toMs };
    case "flapping":
      return { kind, periodMs: draws.pick([300, 1_000, 5_000]) };
    case "size-limit":
      return { kind, bytes: draws.pick([400, 2_500, 20_000]) };
    case "bad-records":
      return {
        kind,
        answer: draws.pick(["poison", "poison", "partial", "busy"]),
        fromMs: draws.chance(0.5) ? 0 : fromMs,
      };
    default:
      return { kind, probability };
  }
}

function drawOffers(draws: Draws, healAtMs: number, badness: number): Offer[] {
  const offers: Offer[] = [];
  const producers = draws.whole(1, 4);
  const spansEach = draws.pick([5, 15, 30]);
  const paceMs = draws.pick([0, 10, healAtMs / spansEach / 2, healAtMs / spansEach]);
  const durationMs = draws.pick([1, 100, 3_000, 60_000]);
  const hasRecovered = draws.chance(0.1);
  for (let producer = 0; producer < producers; producer++) {
    let atMs = draws.between(0, healAtMs / 4);
    for (let n = 0; n < spansEach; n++) {
      atMs += draws.between(0, 2 * paceMs);
      const span = { name: `${producer}.${n}`, isBad: draws.chance(badness), isRecovered: hasRecovered && n < 3 };
      drawSpan(draws, offers, span, atMs, durationMs * draws.between(0, 2));
    }
  }
  return offers;
}

/** A START, perhaps updates, an END; or an END alone; or a span that never ends. */
function drawSpan(
  draws: Draws,
  offers: Offer[],
  span: { readonly name: string; readonly isBad: boolean; readonly isRecovered: boolean },
  startMs: number,
  durationMs: number,
): void {
  const revisions = draws.pick([1, 2, 2, 2, 2, 3, 5]);
  const neverEnds = draws.chance(0.05);
  const blob = draws.whole(0, 9);
  for (let revision = 1; revision <= revisions; revision++) {
    const isLast = revision === revisions;
    offers.push({
      kind: "offer",
      atMs: startMs + (durationMs * (revision - 1)) / Math.max(1, revisions - 1),
      serial: offers.length,
      span: span.name,
      phase: isLast && !neverEnds ? "ended" : "started",
      revision,
      ownBytes: draws.pick([100, 100, 300, 1_500, 6_000]),
      blob,
      blobBytes: draws.pick([0, 0, 2_000, 8_000]) === 0 ? 0 : blobBytes(blob),
      isBad: span.isBad,
      ...(span.isRecovered ? { isRecovered: true } : {}),
    });
  }
}

function drawInterruptions(draws: Draws, healAtMs: number): Operation[] {
  const operations: Operation[] = [];
  for (let n = draws.pick([0, 0, 1, 4]); n > 0; n--) {
    const atMs = draws.between(0, healAtMs);
    for (let at = draws.whole(1, 3); at > 0; at--) {
      operations.push({ kind: "flush", atMs, timeoutMs: draws.pick([0, 100, 5_000, 60_000]) });
    }
  }
  for (let n = draws.pick([0, 0, 0, 1, 3]); n > 0; n--) {
    operations.push({
      kind: "stall",
      atMs: draws.between(0, healAtMs),
      forMs: draws.pick([800, 5_000, 30_000, 150_000]),
    });
  }
  for (let n = draws.pick([0, 0, 2]); n > 0; n--) operations.push({ kind: "lost", atMs: draws.between(0, healAtMs) });
  if (draws.chance(0.25)) {
    const atMs = draws.between(0, healAtMs);
    for (let calls = draws.whole(1, 2); calls > 0; calls--) {
      operations.push({ kind: "shutdown", atMs, timeoutMs: draws.pick([0, 200, 5_000, 30_000]) });
    }
  }
  return operations;
}
