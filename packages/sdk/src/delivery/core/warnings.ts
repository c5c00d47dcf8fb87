import type { DropReason } from "../../contract/ledger.ts";
import { WarningLimit } from "../../contract/warning-limit.ts";
import type { Effect, WarningTopic } from "./effect.ts";
import type { CoreRecord } from "./record.ts";

/** What the core has to say: each topic, and each reason of a loss, at most once a minute for each lane. */
export class Warnings<R extends CoreRecord> {
  readonly #push: (effect: Effect<R>) => void;
  readonly #limit = new WarningLimit();

  constructor(push: (effect: Effect<R>) => void) {
    this.#push = push;
  }

  add(laneIndex: number, topic: WarningTopic, nowMs: number, detail: string): void {
    this.#say(laneIndex, topic, topic, nowMs, detail);
  }

  /** On the way of a million drops this costs one look-up each. */
  addLoss(laneIndex: number, reason: DropReason, nowMs: number, detail = ""): void {
    this.#say(laneIndex, "dropped", reason, nowMs, detail === "" ? reason : `${reason}: ${detail}`);
  }

  #say(laneIndex: number, topic: WarningTopic, kind: string, nowMs: number, detail: string): void {
    const heldBack = this.#limit.admit(`${laneIndex}${kind}`, nowMs);
    if (heldBack !== undefined) this.#push({ kind: "warn", laneIndex, topic, detail, heldBack });
  }
}
