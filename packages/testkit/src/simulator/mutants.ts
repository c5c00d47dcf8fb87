import { DISK_MUTANTS } from "./disk-mutants.ts";
import type { Planting } from "./mutated-core.ts";
import type { Invariant } from "./violation.ts";

/** A bug that somebody could make, and the invariants of which one must notice it. */
export interface Mutant extends Planting {
  readonly name: string;
  readonly noticedBy: readonly Invariant[];
}

const LANE = "lane.ts";
const CORE = "delivery-core.ts";
const RETRY = "retry-clock.ts";

const ACCOUNT: readonly Mutant[] = [
  {
    name: "a coalesced START is not counted",
    file: LANE,
    find: "this.ledger.coalesced += 1;\n    this.#leave(older);",
    replace: "this.#leave(older);",
    noticedBy: ["I1"],
  },
  {
    name: "a coalesced START stays in memory",
    file: LANE,
    find: "this.ledger.coalesced += 1;\n    this.#leave(older);",
    replace: "this.ledger.coalesced += 1;",
    noticedBy: ["memory", "I5"],
  },
  {
    name: "a batch to be retried is counted as under way and as queued",
    file: LANE,
    find: "this.ledger.inFlight -= batch.size;\n    this.ledger.queued += batch.size;\n    this.#ready.push(batch);",
    replace: "this.ledger.queued += batch.size;\n    this.#ready.push(batch);",
    noticedBy: ["I1"],
  },
  {
    name: "a rejected record is counted as delivered",
    file: LANE,
    find: "if (isRejected(batch.revisions[i]!.id)) {",
    replace: "if (false) {",
    noticedBy: ["I1"],
  },
  {
    name: "a verdict about strangers rejects the whole batch",
    file: CORE,
    find: "lane.settleBatch(batch, (id) => refused.has(id), nowMs);",
    replace: "lane.settleBatch(batch, (id) => refused.has(id) || unknown > 0, nowMs);",
    noticedBy: ["I1"],
  },
  {
    name: "a record lost before it was offered is not counted as created",
    file: CORE,
    find: "lane.ledger.created += 1;\n      lane.ledger.dropped[reason] += 1;",
    replace: "lane.ledger.dropped[reason] += 1;",
    noticedBy: ["I1"],
  },
  {
    name: "an evicted record stays in memory",
    file: LANE,
    find: "this.ledger.dropped[reason] += 1;\n    this.#leave(entry.latest!);",
    replace: "this.ledger.dropped[reason] += 1;",
    noticedBy: ["memory", "I5"],
  },
  {
    name: "what is under way when a shutdown runs out of time is forgotten",
    file: LANE,
    find: "for (const entry of batch.entries) entry.ambiguous |= this.bit;\n      this.dropBatch(batch, reason, nowMs);",
    replace: "",
    noticedBy: ["I1", "I8", "I16"],
  },
  {
    name: "what is under way when a shutdown runs out of time counts as never delivered",
    file: LANE,
    find: "for (const entry of batch.entries) entry.ambiguous |= this.bit;\n      this.dropBatch(batch, reason, nowMs);",
    replace: "this.dropBatch(batch, reason, nowMs);",
    noticedBy: ["I15"],
  },
  {
    name: "an attempt that timed out counts as never delivered",
    file: CORE,
    find: 'reason: "no answer in time", maybeDelivered: true',
    replace: 'reason: "no answer in time", maybeDelivered: false',
    noticedBy: ["I15"],
  },
  {
    name: "a START pruned after an attempt without an answer counts as never delivered",
    file: LANE,
    find: "this.ledger.coalesced += 1;\n        this.#noteAmbiguity(entry);",
    replace: "this.ledger.coalesced += 1;",
    noticedBy: ["I15"],
  },
  {
    name: "a record rejected after an attempt without an answer counts as never delivered",
    file: LANE,
    find: 'this.#countDrop(entry, batch.revisions[i]!, "rejected");',
    replace: "this.ledger.dropped.rejected += 1;\n        entry.ambiguous &= ~this.bit;",
    noticedBy: ["I15", "disk"],
  },
  {
    name: "a record that comes during a shutdown is taken",
    file: CORE,
    find: "if (this.#shutdown !== undefined) return 0;\n",
    replace: "",
    noticedBy: ["I1", "I3"],
  },
];

const ORDER: readonly Mutant[] = [
  {
    name: "an END overtakes its START",
    file: LANE,
    find: "} else if ((entry.batched & this.bit) !== 0) {\n      entry.waiting |= this.bit;\n    } else {",
    replace: "} else {",
    noticedBy: ["I4"],
  },
  {
    name: "an update that waits behind its START is forgotten when the next one comes",
    file: LANE,
    find: "} else if ((entry.waiting & this.bit) !== 0) {\n      this.#coalesce(older!);\n    }",
    replace: "}",
    noticedBy: ["I1", "memory", "I14"],
  },
  {
    name: "what waited behind a batched START is never sent",
    file: LANE,
    find: "entry.waiting &= ~this.bit;\n      this.#enqueue(entry, entry.latest!, nowMs);",
    replace: "entry.waiting &= ~this.bit;",
    noticedBy: ["I14", "I8"],
  },
  {
    name: "a batch is sent again although a newer revision made all of it needless",
    file: LANE,
    find: "if (batch.size > 0) return batch;",
    replace: "return batch;",
    noticedBy: ["I10"],
  },
];

const CLOCKS: readonly Mutant[] = [
  {
    name: "a retry does not wait",
    file: RETRY,
    find: "this.notBeforeMs = Math.max(this.notBeforeMs, backoffUntilMs);",
    replace: "",
    noticedBy: ["I9"],
  },
  {
    name: "the backoff does not grow",
    file: RETRY,
    find: "    this.failures += 1;",
    replace: "    this.failures = 1;",
    noticedBy: ["I9"],
  },
  {
    name: "after a failure all requests try at once",
    file: RETRY,
    find: "if (this.isProbing) return underWay === 0;",
    replace: "",
    noticedBy: ["I9"],
  },
  {
    name: "Retry-After is not heard",
    file: LANE,
    find: "this.#retry.wait(retryAfterMs, nowMs);",
    replace: "",
    noticedBy: ["I9"],
  },
  {
    name: "Retry-After is obeyed without a limit",
    file: RETRY,
    find: "Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)",
    replace: "retryAfterMs",
    noticedBy: ["I14"],
  },
  {
    name: "a Retry-After that is no number stops the clock",
    file: RETRY,
    find: "if (retryAfterMs === undefined || !(retryAfterMs > 0)) return;",
    replace: "if (retryAfterMs === undefined || retryAfterMs <= 0) return;",
    noticedBy: ["wake", "I9"],
  },
  {
    name: "suspects hammer",
    file: LANE,
    find: "return isAloneAndSuspect(batch) ? this.#retry.suspectsNotBeforeMs : Number.NEGATIVE_INFINITY;",
    replace: "return Number.NEGATIVE_INFINITY;",
    noticedBy: ["I9"],
  },
  {
    name: "records are given up while their lane is paused",
    file: LANE,
    find: 'return this.state !== "paused" && nowMs >=',
    replace: "return nowMs >=",
    noticedBy: ["patience"],
  },
  {
    name: "records are given up when their lane is well again after a long pause",
    file: LANE,
    find: 'if (this.state === "paused" && state !== "paused") this.#patienceFromMs = nowMs;',
    replace: "",
    noticedBy: ["patience"],
  },
  {
    name: "records are given up because the process stood still",
    file: LANE,
    find: "this.#patienceFromMs = Math.max(this.#patienceFromMs, nowMs - Math.max(0, deliveryTimeoutMs - forMs));",
    replace: "",
    noticedBy: ["patience"],
  },
  {
    name: "a wake-up ignores the retry clock",
    file: LANE,
    find: "return Math.min(wakeMs, Math.max(this.#retry.notBeforeMs, this.#dueMs(nowMs, urgent)));",
    replace: "return Math.min(wakeMs, this.#dueMs(nowMs, urgent));",
    noticedBy: ["wake"],
  },
  {
    name: "nobody wakes for what lingers",
    file: LANE,
    find: "return Math.min(dueMs, this.#lingerFromMs + this.config.batch.lingerMs);",
    replace: "return dueMs;",
    noticedBy: ["I14"],
  },
  {
    name: "an attempt without an answer is never given up",
    file: LANE,
    find: "return this.#inFlight.filter((batch) => nowMs >= batch.deadlineMs);",
    replace: "return [];",
    noticedBy: ["wake", "I14"],
  },
  {
    name: "one lane's failures shift another's jitter",
    file: CORE,
    find: "seededRandom(config.seed + index)",
    replace: "((this as { draws?: unknown }).draws ??= seededRandom(config.seed))",
    noticedBy: ["I10b"],
  },
];

const BOUNDS: readonly Mutant[] = [
  {
    name: "a backlog widens a lane without end",
    file: RETRY,
    find: "Math.min(this.#window + 1, this.#most)",
    replace: "this.#window + 1",
    noticedBy: ["I10"],
  },
  {
    name: "a full queue widens a lane that fails",
    file: RETRY,
    find: "isPressed && this.failures === 0 ?",
    replace: "isPressed ?",
    noticedBy: ["I10"],
  },
  {
    name: "a failure leaves a lane wide",
    file: LANE,
    find: "    this.#retry.narrow();\n    this.#retry.wait",
    replace: "    this.#retry.wait",
    noticedBy: ["I10"],
  },
  {
    name: "one request more than allowed",
    file: RETRY,
    find: "return underWay < (isPressed",
    replace: "return underWay <= (isPressed",
    noticedBy: ["I10"],
  },
  {
    name: "one record more than a batch may have",
    file: LANE,
    find: "while (revisions.length < maxRecords) {",
    replace: "while (revisions.length <= maxRecords) {",
    noticedBy: ["I10"],
  },
  {
    name: "a batch of any number of bytes",
    file: LANE,
    find: "if (revisions.length > 0 && bytes + revision.bytes > maxBytes) break;",
    replace: "",
    noticedBy: ["I10"],
  },
  {
    name: "the bound of bytes is not looked at",
    file: CORE,
    find: 'return this.#memory.bytes > this.#queue.maxBytes ? "queue_full_bytes" : undefined;',
    replace: "return undefined;",
    noticedBy: ["I5"],
  },
  {
    name: "the bound of records is off by one",
    file: CORE,
    find: "if (this.#shared.heldRevisions > this.#queue.maxRecords)",
    replace: "if (this.#shared.heldRevisions > this.#queue.maxRecords + 1)",
    noticedBy: ["I5"],
  },
  {
    name: "markers of shared payloads may take the queue beyond its bound",
    file: CORE,
    find: "this.#evictOldest(this.lanes, nowMs);\n  }",
    replace: "}",
    noticedBy: ["I5"],
  },
  {
    name: "overload takes from every lane alike",
    file: CORE,
    find: "return this.lanes.filter((lane) => lane.ledger.pending >= most * part);",
    replace: "return this.lanes;",
    noticedBy: ["I10b"],
  },
  {
    name: "a payload is shed for the first lane only",
    file: CORE,
    find: "if ((entry.queued & lane.bit) === 0) continue;",
    replace: "if ((entry.queued & lane.bit) === 0 || lane.index > 0) continue;",
    noticedBy: ["memory", "I1", "I5"],
  },
];

const VERDICTS: readonly Mutant[] = [
  {
    name: "one bad record takes its whole batch with it",
    file: CORE,
    find: "if (batch.size > 1) {\n          lane.split(batch, false, nowMs);",
    replace: "if (batch.size > 1_000_000) {\n          lane.split(batch, false, nowMs);",
    noticedBy: ["I1", "I11"],
  },
  {
    name: "a bad record is looked for one by one",
    file: LANE,
    find: "byBytes ? middleByBytes(batch) : batch.size >> 1",
    replace: "byBytes ? middleByBytes(batch) : 1",
    noticedBy: ["I11"],
  },
  {
    name: "the middle record is lost when a batch is split",
    file: LANE,
    find: "batch.entries.slice(at), batch.revisions.slice(at))",
    replace: "batch.entries.slice(at + 1), batch.revisions.slice(at + 1))",
    noticedBy: ["I1", "I10", "I14", "total"],
  },
];

const ENDINGS: readonly Mutant[] = [
  {
    name: "a flush never runs out of time",
    file: CORE,
    find: "if (!isSettled && nowMs < flush.deadlineMs) return true;",
    replace: "if (!isSettled) return true;",
    noticedBy: ["I8", "wake"],
  },
  {
    name: "a flush is over when the first lane is done",
    file: CORE,
    find: "!this.hasBacklog && this.lanes.every((lane) => lane.isSettledThrough(flush.epoch));",
    replace: "this.lanes.some((lane) => lane.isSettledThrough(flush.epoch));",
    noticedBy: ["I8"],
  },
  {
    name: "a flush does not wait for records without their payload",
    file: LANE,
    find: "light.holders += 1;\n    this.#pending.count(light.epoch, 1);",
    replace: "light.holders += 1;",
    noticedBy: ["I8"],
  },
  {
    name: "a shutdown waits for ever",
    file: CORE,
    find: "if (!isDrained && nowMs < this.#shutdown.deadlineMs) return;",
    replace: "if (!isDrained) return;",
    noticedBy: ["I8", "wake"],
  },
  {
    name: "the core goes on after it is closed",
    file: CORE,
    find: "    this.#isClosed = true;\n",
    replace: "",
    noticedBy: ["I16", "I8"],
  },
];

export const MUTANTS: readonly Mutant[] = [
  ...ACCOUNT,
  ...ORDER,
  ...CLOCKS,
  ...BOUNDS,
  ...VERDICTS,
  ...ENDINGS,
  ...DISK_MUTANTS,
];
