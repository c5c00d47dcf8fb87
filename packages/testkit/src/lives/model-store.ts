import { mergeSnapshots, type SpanSnapshot, snapshotRank } from "@everspan/protocol";
import type { ExportContext, ExportOutcome, SpanExporter } from "everspan";
import type { ManualClock } from "../manual-clock.ts";
import { Draws } from "../simulator/draws.ts";
import { must } from "../simulator/violation.ts";

/**
 * What a back end has of every span: the greatest snapshot, by the rule that our stores follow; and what SGP has, where a
 * completed item beats one in progress, and else the later wins.
 */
export class ModelStore {
  readonly #spans = new Map<string, SpanSnapshot>();
  readonly #inSgp = new Map<string, SpanSnapshot>();

  get(id: string): SpanSnapshot | undefined {
    return this.#spans.get(id);
  }

  /** As SGP shows it. */
  inSgp(id: string): SpanSnapshot | undefined {
    return this.#inSgp.get(id);
  }

  get all(): Iterable<SpanSnapshot> {
    return this.#spans.values();
  }

  take(snapshot: SpanSnapshot): void {
    const stored = this.#spans.get(snapshot.id);
    const { winner, verdict } = mergeSnapshots(stored, snapshot);
    // A power cut may take the last sign of life back, and with it the time at which a span is said to have ended.
    const isToldAgain = snapshot.error?.type === "Interrupted" && stored?.error?.type === "Interrupted";
    must(verdict !== "conflict" || isToldAgain, "I3", () => `${snapshot.id} comes back as something else`);
    this.#spans.set(snapshot.id, winner);
    if (snapshot.phase === "ended" || this.#inSgp.get(snapshot.id)?.phase !== "ended") {
      this.#inSgp.set(snapshot.id, snapshot);
    }
  }
}

interface Request {
  /** What it takes, if it takes anything: all but what it refuses. */
  taken: readonly SpanSnapshot[];
  readonly batch: readonly SpanSnapshot[];
  /** Places in the disk's log. */
  readonly sentAt: number;
  appliedAt: number;
}

type Manner = "well" | "busy" | "hung" | "applied and hung" | "applied and broken off";

/** One lane's back end during one life of the process. What it applied counts once the life's end is known. */
export class LifeBackEnd implements SpanExporter {
  readonly name: string;
  /** From now on all is well. */
  isHealed = false;
  /** The first invariant that did not hold: what an exporter throws, its lane takes for a sick back end. */
  violation: unknown;
  readonly #clock: ManualClock;
  readonly #health: number;
  readonly #refusal: number;
  readonly #seed: number;
  readonly #place: () => number;
  readonly #requests: Request[] = [];
  readonly #underWay = new Map<string, AbortSignal>();
  readonly #newestSent = new Map<string, number>();
  /** What it refused for good, and said so. */
  readonly refused: SpanSnapshot[] = [];

  constructor(
    name: string,
    parts: { clock: ManualClock; health: number; refusal: number; seed: number; place: () => number },
  ) {
    this.name = name;
    this.#clock = parts.clock;
    this.#health = parts.health;
    this.#refusal = parts.refusal;
    this.#seed = parts.seed;
    this.#place = parts.place;
  }

  async export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    const request: Request = { batch, taken: batch, sentAt: this.#place(), appliedAt: Number.POSITIVE_INFINITY };
    this.#requests.push(request);
    try {
      this.#checkOrder(batch, signal);
    } catch (error) {
      this.violation ??= error;
    }
    const draws = new Draws(this.#seed, this.#requests.length);
    const manner = this.#manner(draws);
    const latencyMs = draws.between(1, 30);
    const rejected = manner === "well" ? batch.filter(() => draws.chance(this.#refusal)) : [];
    request.taken = batch.filter((snapshot) => !rejected.includes(snapshot));
    if (manner === "hung") return new Promise(() => {});
    await this.#pass(latencyMs);
    if (manner !== "busy") request.appliedAt = this.#place();
    if (manner === "applied and hung") return new Promise(() => {});
    await this.#pass(latencyMs);
    for (const { id } of batch) if (this.#underWay.get(id) === signal) this.#underWay.delete(id);
    if (rejected.length > 0) {
      this.refused.push(...rejected);
      return { kind: "partial", rejected: rejected.map(({ id }) => ({ id, reason: "refused" })) };
    }
    if (manner === "well") return { kind: "delivered" };
    return { kind: "busy", reason: manner, maybeDelivered: manner !== "busy" };
  }

  #manner(draws: Draws): Manner {
    if (this.isHealed || draws.chance(this.#health)) return "well";
    return draws.pick(["busy", "busy", "hung", "applied and hung", "applied and broken off"]);
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.schedule(resolve, ms, false);
    });
  }

  #checkOrder(batch: readonly SpanSnapshot[], signal: AbortSignal): void {
    for (const snapshot of batch) {
      const { id } = snapshot;
      const before = this.#underWay.get(id);
      must(before === undefined || before.aborted, "I4", () => `${id} is sent while it is under way`);
      const rank = snapshotRank(snapshot);
      must(rank >= (this.#newestSent.get(id) ?? 0), "I4", () => `${id} is sent after a newer revision of it`);
      this.#newestSent.set(id, rank);
      this.#underWay.set(id, signal);
    }
  }

  /** Ids of the spans that were told as interrupted. */
  get interrupted(): readonly string[] {
    const sent = this.#requests.flatMap(({ batch }) => batch);
    return sent.filter(({ error }) => error?.type === "Interrupted").map(({ id }) => id);
  }

  /** The process ended at this place of its disk's log: what it sent before may still be applied, the rest was not. */
  settle(store: ModelStore, at: number, isLateApplied: () => boolean): void {
    for (const { taken, sentAt, appliedAt } of this.#requests) {
      const mayComeLate = sentAt <= at && appliedAt !== Number.POSITIVE_INFINITY;
      if (appliedAt <= at || (mayComeLate && isLateApplied())) for (const snapshot of taken) store.take(snapshot);
    }
  }
}
