import type { Batch, ExportOutcome, Lane, LaneBatches } from "everspan/internals";
import type { Mark } from "./marks.ts";
import { PatienceObserver } from "./patience-observer.ts";
import type { LanePlan, Offer } from "./plan.ts";
import { RetryClockObserver } from "./retry-clock-observer.ts";
import type { SimDisk } from "./sim-disk.ts";
import { rankOf, type SimMemory, type SimRecord } from "./sim-record.ts";
import { must } from "./violation.ts";
import { WindowObserver } from "./window-observer.ts";

interface Attempt {
  readonly sent: readonly SimRecord[];
  readonly sentAtMs: number;
  /** Its number: an answer to an earlier one no longer counts. */
  readonly attempt: number;
}

type Fate = "pending" | "delivered" | "rejected";

/**
 * Keeps its own account of one lane from what can be seen outside: what was offered, sent, answered and applied.
 * It never reads the core's decisions, only compares them.
 */
export class LaneObserver {
  readonly #lane: Lane<SimRecord>;
  readonly #plan: LanePlan;
  readonly #memory: SimMemory;
  readonly #disk: SimDisk | undefined;
  readonly #mark: (mark: Mark) => void;
  readonly #fates = new Map<number, Fate>();
  readonly #newestOffered = new Map<string, Offer>();
  readonly #newestSent = new Map<string, number>();
  readonly #spansInFlight = new Set<string>();
  readonly #attempts = new Map<Batch<SimRecord>, Attempt>();
  readonly #sizeAtLastAttempt = new Map<number, number>();
  readonly #stored = new Map<string, number>();
  readonly #applied = new Set<number>();
  /** Records whose attempt ended without an answer. */
  readonly #ambiguous = new Set<number>();
  readonly #sentBefore = new Set<number>();
  created = 0;
  recovered = 0;
  #delivered = 0;
  #rejected = 0;
  #superseded = 0;
  #inFlight = 0;
  readonly #clock: RetryClockObserver;
  readonly #window: WindowObserver;
  readonly #patience: PatienceObserver;
  #freshBatches = 0;
  readonly #badSent = new Set<number>();
  /** All that this lane sent, and when: must not depend on other lanes. */
  readonly trace: string[] = [];

  constructor(
    lane: Lane<SimRecord>,
    plan: LanePlan,
    memory: SimMemory,
    disk: SimDisk | undefined,
    mark: (mark: Mark) => void,
  ) {
    this.#lane = lane;
    this.#plan = plan;
    this.#memory = memory;
    this.#disk = disk;
    this.#mark = mark;
    this.#clock = new RetryClockObserver(lane, plan, mark);
    this.#window = new WindowObserver(plan.config.delivery, mark);
    this.#patience = new PatienceObserver(plan.config.delivery.deliveryTimeoutMs, mark);
  }

  get attemptsUnderWay(): number {
    return this.#attempts.size;
  }

  isUnderWay(batch: Batch<SimRecord>, attempt: number): boolean {
    return this.#attempts.get(batch)?.attempt === attempt;
  }

  onOffer(offer: Offer, isTaken: boolean): void {
    if (offer.isRecovered) this.recovered += 1;
    else this.created += 1;
    if (!isTaken) return;
    const older = this.#newestOffered.get(offer.span);
    if (older !== undefined && this.#fates.get(older.serial) === "pending") this.#superseded += 1;
    if (offer.phase === "ended" && this.#spansInFlight.has(offer.span)) this.#mark("an END waited behind its START");
    this.#newestOffered.set(offer.span, offer);
    this.#fates.set(offer.serial, "pending");
  }

  // ---- Requests

  /** Returns what is sent, as it is now: the core goes on to use the batch. */
  onSend(batch: Batch<SimRecord>, nowMs: number): readonly SimRecord[] {
    const sent = batch.records.slice();
    this.#checkBatch(batch, sent);
    this.#clock.onSend(this.#attempts.size, nowMs);
    for (const revision of sent) this.#checkRevision(revision);
    this.#noteRetry(batch, sent);
    this.#attempts.set(batch, { sent, sentAtMs: nowMs, attempt: batch.attempt });
    this.#inFlight += sent.length;
    this.trace.push(`${nowMs} ${sent.map(({ offer }) => offer.serial).join()}`);
    return sent;
  }

  #checkBatch(batch: Batch<SimRecord>, sent: readonly SimRecord[]): void {
    const { batch: limits } = this.#plan.config;
    must(!this.#attempts.has(batch), "I10", () => "a batch is under way twice");
    this.#window.onSend(this.#attempts.size, (this.#lane.batches as LaneBatches<SimRecord>).requests.backoff.failures);
    must(sent.length > 0 && sent.length <= limits.maxRecords, "I10", () => `a batch of ${sent.length} records`);
    const bytes = sent.reduce((sum, revision) => sum + revision.bytes, 0);
    must(bytes <= limits.maxBytes || sent.length === 1, "I10", () => `a batch of ${bytes} bytes`);
  }

  #checkRevision(revision: SimRecord): void {
    const { serial, span } = revision.offer;
    const label = `${span} revision ${revision.offer.revision}`;
    must(this.#fates.has(serial), "I3", () => `${label} was never offered to this lane`);
    must(this.#fates.get(serial) === "pending", "I4", () => `${label} is sent although it is settled`);
    must(!this.#spansInFlight.has(span), "I4", () => `${label} is sent while the span is under way`);
    must(revision.rank >= (this.#newestSent.get(span) ?? 0), "I4", () => `${label} is sent after a newer one`);
    must(this.#memory.held.has(revision), "memory", () => `${label} is sent although it was let go of`);
    this.#spansInFlight.add(span);
    this.#newestSent.set(span, revision.rank);
  }

  #noteRetry(batch: Batch<SimRecord>, sent: readonly SimRecord[]): void {
    const before = this.#sizeAtLastAttempt.get(batch.id);
    if (before === undefined && sent.every(({ offer }) => !this.#sentBefore.has(offer.serial))) this.#freshBatches += 1;
    if (before !== undefined && before > sent.length) this.#mark("a START was pruned from a batch to be retried");
    if (sent.some(({ isLight }) => isLight) && sent.length === 1 && before !== undefined) {
      this.#mark("an oversize record went without its payload");
    }
    for (const { offer } of sent) {
      this.#sentBefore.add(offer.serial);
      if (offer.isBad) this.#badSent.add(offer.serial);
    }
    this.#sizeAtLastAttempt.set(batch.id, sent.length);
  }

  onAbort(batch: Batch<SimRecord>, nowMs: number): void {
    const attempt = this.#land(batch);
    this.#patience.onPauseOver(nowMs);
    for (const { offer } of attempt.sent) this.#ambiguous.add(offer.serial);
    this.#clock.onFailure(attempt.sent, attempt.sentAtMs, nowMs);
    this.#window.onFailure();
  }

  onOutcome(batch: Batch<SimRecord>, outcome: ExportOutcome, nowMs: number): void {
    const attempt = this.#land(batch);
    if (outcome.kind === "misconfigured") this.#patience.onPause(nowMs);
    else this.#patience.onPauseOver(nowMs);
    const arrived = new Set(outcome.kind === "busy" ? outcome.delivered : []);
    const left = attempt.sent.filter((_, position) => !arrived.has(position));
    if (left.length > 0 && (outcome.kind === "busy" || outcome.kind === "misconfigured")) {
      this.#clock.onFailure(left, attempt.sentAtMs, nowMs);
      this.#window.onFailure();
    } else {
      this.#clock.onSuccess();
      this.#window.onSuccess();
    }
    if (outcome.kind !== "delivered") this.#noteDoubt(attempt, outcome.maybeDelivered);
    switch (outcome.kind) {
      case "delivered":
        this.#settle(attempt.sent, new Set());
        break;
      case "partial":
        this.#settlePartial(attempt, outcome.rejected);
        break;
      case "busy":
        if (arrived.size > 0) this.#mark("some of a batch that failed had arrived");
        this.#settle(
          attempt.sent.filter((_, position) => arrived.has(position)),
          new Set(),
        );
        this.#clock.onRetryAfter(outcome.retryAfterMs, nowMs);
        break;
      case "poison":
        if (attempt.sent.length > 1) break;
        if (this.#plan.config.batch.maxRecords > 1) this.#mark("bisection reached one record");
        this.#settle(attempt.sent, new Set(attempt.sent.map(({ id }) => id)));
        break;
      case "tooLarge":
      case "misconfigured":
        break;
    }
  }

  #land(batch: Batch<SimRecord>): Attempt {
    const attempt = this.#attempts.get(batch);
    must(attempt !== undefined, "I10", () => "a request ended that was not under way");
    this.#attempts.delete(batch);
    this.#inFlight -= attempt.sent.length;
    for (const { offer } of attempt.sent) this.#spansInFlight.delete(offer.span);
    return attempt;
  }

  #settlePartial(attempt: Attempt, rejected: readonly { readonly id: string }[]): void {
    const sent = new Set(attempt.sent.map(({ id }) => id));
    if (rejected.some(({ id }) => !sent.has(id))) this.#mark("a verdict named records that were not sent");
    this.#settle(attempt.sent, new Set(rejected.map(({ id }) => id)));
  }

  #noteDoubt({ sent }: Attempt, maybeDelivered: boolean | readonly number[] | undefined): void {
    const isInDoubt = (position: number) =>
      typeof maybeDelivered === "object" ? maybeDelivered.includes(position) : maybeDelivered === true;
    for (const [position, { offer }] of sent.entries()) if (isInDoubt(position)) this.#ambiguous.add(offer.serial);
  }

  #settle(sent: readonly SimRecord[], rejected: ReadonlySet<string>): void {
    for (const { id, offer } of sent) {
      if (this.#newestOffered.get(id) !== offer) this.#superseded -= 1;
      if (rejected.has(id)) {
        must(offer.isBad, "I11", () => `${id} was rejected although it is good`);
        if (this.#ambiguous.has(offer.serial)) this.#mark("a record was rejected after an attempt without an answer");
        this.#fates.set(offer.serial, "rejected");
        this.#rejected += 1;
      } else {
        if (this.#ambiguous.has(offer.serial)) this.#mark("a timed-out attempt was delivered by another");
        this.#fates.set(offer.serial, "delivered");
        this.#delivered += 1;
      }
    }
  }

  onStall(forMs: number, nowMs: number): void {
    if (this.#attempts.size > 0) this.#mark("the process stood still during an attempt");
    this.#patience.onStall(forMs, nowMs);
  }

  // ---- What the back end stores

  onApply(taken: readonly SimRecord[], isReplay: boolean): void {
    for (const { offer } of taken) {
      must(this.#fates.has(offer.serial), "I3", () => `${offer.span} was stored but never offered`);
      this.#applied.add(offer.serial);
      const rank = rankOf(offer);
      if (rank < (this.#stored.get(offer.span) ?? 0)) {
        this.#mark(
          isReplay ? "a replay was applied after a newer revision" : "a zombie was applied after a newer revision",
        );
      } else {
        this.#stored.set(offer.span, rank);
      }
    }
  }

  // ---- Checks

  /** A record offered when everything has long been well is delivered immediately. */
  hasDelivered(serial: number): boolean {
    return this.#fates.get(serial) === "delivered";
  }

  checkAccount(nowMs: number): void {
    const { ledger } = this.#lane;
    const seen = [this.created, this.recovered, this.#delivered, this.#rejected, this.#inFlight];
    const said = [ledger.created, ledger.recovered, ledger.delivered, ledger.dropped.rejected, ledger.inFlight];
    must(
      seen.every((count, i) => count === said[i]),
      "I1",
      () => `created, recovered, delivered, rejected, in flight: seen ${seen}, said ${said}`,
    );
    let dropped = 0;
    for (const count of Object.values(ledger.dropped)) dropped += count;
    const pending = ledger.queued + ledger.spooled + ledger.inFlight;
    const accounted = ledger.delivered + ledger.coalesced + dropped + pending;
    must(this.created + this.recovered === accounted, "I1", () => `${accounted} of ${this.created} are accounted for`);
    const spooled = this.#disk?.spooledIn(this.#lane.index) ?? 0;
    must(
      ledger.queued >= 0 && ledger.spooled === spooled,
      "I1",
      () => `${ledger.queued} queued, ${ledger.spooled} on disk, ${spooled} seen`,
    );
    must(
      ledger.coalesced <= this.#superseded,
      "I1",
      () => `${ledger.coalesced} coalesced, ${this.#superseded} could be`,
    );
    this.#patience.check(ledger.dropped.delivery_timeout, nowMs);
    this.#clock.noteSplits();
  }

  /** Records sent by no answer's leave are at most those counted as maybe delivered. */
  checkStored(): void {
    const { ledger } = this.#lane;
    for (const [serial, fate] of this.#fates) {
      if (fate === "delivered") must(this.#applied.has(serial), "I15", () => `record ${serial} is not stored`);
    }
    const unknown = [...this.#ambiguous].filter((serial) => this.#fates.get(serial) !== "delivered");
    // What lies on disk is still pending, and in doubt there.
    const onDisk = unknown.filter((serial) => this.#disk?.has(serial, this.#lane.index)).length;
    const most = this.#delivered + ledger.maybeDelivered + onDisk;
    must(this.#applied.size <= most, "I15", () => `${this.#applied.size} stored, at most ${most} counted`);
    const maybe = unknown.length;
    const isCounted = ledger.maybeDelivered === maybe - onDisk;
    must(isCounted, "I15", () => `${maybe} maybe delivered, ${onDisk} on disk, ${ledger.maybeDelivered} counted`);
    if (ledger.maybeDelivered > 0) this.#mark("a record may have been delivered and was dropped");
    if (ledger.dropped.oversize > 0) this.#mark("an oversize record was lost");
    this.#checkExtraRequests();
  }

  #checkExtraRequests(): void {
    const isAlone = this.#plan.faults.every((fault) => fault.kind === "bad-records" && fault.answer === "poison");
    if (!isAlone || this.#ambiguous.size > 0) return;
    const extra = this.#lane.requests.begun - this.#freshBatches;
    const perPoison = 2 * Math.log2(this.#plan.config.batch.maxRecords) + 2;
    const bad = this.#badSent.size;
    must(extra <= bad * perPoison, "I11", () => `${extra} extra requests for ${bad} bad records`);
  }
}
