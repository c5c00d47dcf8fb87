import { ACCOUNT_MUTANTS } from "./account-mutants.ts";
import { DISK_MUTANTS } from "./disk-mutants.ts";
import type { Mutant } from "./mutant.ts";

const LANE = "lane.ts";
const TIMING = "batch-timing.ts";
const OUTCOMES = "outcomes.ts";
const BATCHES = "lane-batches.ts";
const ACCOUNT_OF_LANE = "lane-account.ts";
const REQUESTS = "lane-requests.ts";
const BATCHER = "batcher.ts";
const SUSPECTS = "suspects.ts";
const EXPIRY = "expiry.ts";
const BACKOFF = "backoff.ts";
const WINDOW = "request-window.ts";
const OVERLOAD = "overload.ts";
const CORE = "delivery-core.ts";

const ORDER: readonly Mutant[] = [
  {
    name: "an END overtakes its START",
    file: LANE,
    find: "} else if ((slot.batched & this.bit) !== 0) {\n      slot.waiting |= this.bit;\n    } else {",
    replace: "} else {",
    noticedBy: ["I4"],
  },
  {
    name: "an update that waits behind its START is forgotten when the next one comes",
    file: LANE,
    find: "} else if ((slot.waiting & this.bit) !== 0) {\n      this.account.coalesced(older!, false);\n    }",
    replace: "}",
    noticedBy: ["I1", "memory", "I14"],
  },
  {
    name: "what waited behind a batched START is never sent",
    file: BATCHES,
    find: "slot.waiting &= ~this.lane.bit;\n    this.lane.queue.push(slot, slot.latest!, nowMs);",
    replace: "slot.waiting &= ~this.lane.bit;",
    noticedBy: ["I14", "I8"],
  },
  {
    name: "a batch is sent again although a newer revision made all of it needless",
    file: BATCHES,
    find: "if (batch.size > 0) return batch;",
    replace: "return batch;",
    noticedBy: ["I10"],
  },
];

const CLOCKS: readonly Mutant[] = [
  {
    name: "a retry does not wait",
    file: BACKOFF,
    find: "this.notBeforeMs = Math.max(this.notBeforeMs, backoffUntilMs);",
    replace: "",
    noticedBy: ["I9"],
  },
  {
    name: "the backoff does not grow",
    file: BACKOFF,
    find: "    this.failures += 1;",
    replace: "    this.failures = 1;",
    noticedBy: ["I9"],
  },
  {
    name: "after a failure all requests try at the same time",
    file: WINDOW,
    find: "if (this.#backoff.isProbing) return inFlight === 0;",
    replace: "",
    noticedBy: ["I9"],
  },
  {
    name: "Retry-After is not heard",
    file: BATCHES,
    find: "this.requests.backoff.wait(retryAfterMs, nowMs);",
    replace: "",
    noticedBy: ["I9"],
  },
  {
    name: "Retry-After is obeyed without a limit",
    file: BACKOFF,
    find: "Math.min(askedMs, MAX_RETRY_AFTER_MS)",
    replace: "askedMs",
    noticedBy: ["I14"],
  },
  {
    name: "a Retry-After that is no number stops the clock",
    file: BACKOFF,
    find: "if (askedMs > 0)",
    replace: "if (!(askedMs <= 0))",
    noticedBy: ["wake", "I9"],
  },
  {
    name: "suspects hammer",
    file: SUSPECTS,
    find: "return isAloneAndSuspect(batch) ? this.#notBeforeMs : Number.NEGATIVE_INFINITY;",
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
    find: 'if (this.state === "paused" && state !== "paused") this.#expiry.pauseOver(nowMs);',
    replace: "",
    noticedBy: ["patience"],
  },
  {
    name: "records are given up because the process stood still",
    file: EXPIRY,
    find: "this.#countsFromMs = Math.max(this.#countsFromMs, nowMs - Math.max(0, this.#deliveryTimeoutMs - forMs));",
    replace: "",
    noticedBy: ["patience"],
  },
  {
    name: "a wake-up ignores the retry clock",
    file: LANE,
    find: "return Math.min(wakeMs, Math.max(this.#notBeforeMs, dueMs));",
    replace: "return Math.min(wakeMs, dueMs);",
    noticedBy: ["wake"],
  },
  {
    name: "nobody wakes for what lingers",
    file: TIMING,
    find: "return isUrgent || this.#isDue(nowMs) ? nowMs : this.lingerUntilMs;",
    replace: "return isUrgent || this.#isDue(nowMs) ? nowMs : Number.POSITIVE_INFINITY;",
    noticedBy: ["I14"],
  },
  {
    name: "an attempt without an answer is never given up",
    file: REQUESTS,
    find: "return this.#inFlight.filter((batch) => nowMs >= batch.deadlineMs);",
    replace: "return [];",
    noticedBy: ["wake", "I14"],
  },
  {
    name: "one lane's failures shift another's jitter",
    file: OUTCOMES,
    find: "seededRandom(seed + index)",
    replace: "((this as { draws?: unknown }).draws ??= seededRandom(seed))",
    noticedBy: ["I10b"],
  },
];

const BOUNDS: readonly Mutant[] = [
  {
    name: "a backlog widens a lane without end",
    file: WINDOW,
    find: "Math.min(this.#size + 1, this.#most)",
    replace: "this.#size + 1",
    noticedBy: ["I10"],
  },
  {
    name: "a full queue widens a lane that fails",
    file: WINDOW,
    find: "isPressed && this.#backoff.failures === 0 ?",
    replace: "isPressed ?",
    noticedBy: ["I10"],
  },
  {
    name: "a failure leaves a lane wide",
    file: BATCHES,
    find: "    this.requests.narrow();\n    if (this.requests.suspects",
    replace: "    if (this.requests.suspects",
    noticedBy: ["I10"],
  },
  {
    name: "one request more than allowed",
    file: WINDOW,
    find: "return inFlight < (isPressed",
    replace: "return inFlight <= (isPressed",
    noticedBy: ["I10"],
  },
  {
    name: "one record more than a batch may have",
    file: BATCHER,
    find: "while (records.length < maxRecords) {",
    replace: "while (records.length <= maxRecords) {",
    noticedBy: ["I10"],
  },
  {
    name: "a batch of any number of bytes",
    file: BATCHER,
    find: " || (records.length > 0 && bytes + record.bytes > maxBytes)) break;",
    replace: ") break;",
    noticedBy: ["I10"],
  },
  {
    name: "the bound of bytes is not looked at",
    file: OVERLOAD,
    find: 'return this.#shared.memory.bytes > this.#bounds.maxBytes ? "queue_full_bytes" : undefined;',
    replace: "return undefined;",
    noticedBy: ["I5"],
  },
  {
    name: "the bound of records is off by one",
    file: OVERLOAD,
    find: "if (this.#shared.heldRecords > this.#bounds.maxRecords)",
    replace: "if (this.#shared.heldRecords > this.#bounds.maxRecords + 1)",
    noticedBy: ["I5"],
  },
  {
    name: "markers of shared payloads may take the queue beyond its bound",
    file: OVERLOAD,
    find: "gives none back.\n    this.#evictOldest(this.#lanes, nowMs);",
    replace: "gives none back.",
    noticedBy: ["I5"],
  },
  {
    name: "a copy that a lane makes for itself is not counted against the bound",
    file: OUTCOMES,
    find: "this.#overload.copied(nowMs);",
    replace: "",
    noticedBy: ["I5"],
  },
  {
    name: "overload takes from every lane alike",
    file: OVERLOAD,
    find: "return this.#lanes.filter((lane) => lane.ledger.pending >= most * part);",
    replace: "return this.#lanes;",
    noticedBy: ["I10b"],
  },
  {
    name: "a payload is shed for the first lane only",
    file: OVERLOAD,
    find: "if ((slot.queued & lane.bit) === 0) continue;",
    replace: "if ((slot.queued & lane.bit) === 0 || lane.index > 0) continue;",
    noticedBy: ["memory", "I1", "I5"],
  },
];

const VERDICTS: readonly Mutant[] = [
  {
    name: "one bad record takes its whole batch with it",
    file: OUTCOMES,
    find: "if (batch.size > 1) {\n          batches.split(batch, false, nowMs);",
    replace: "if (batch.size > 1_000_000) {\n          batches.split(batch, false, nowMs);",
    noticedBy: ["I1", "I11"],
  },
  {
    name: "a bad record is looked for one by one",
    file: BATCHER,
    find: "byBytes ? middleByBytes(batch) : batch.size >> 1",
    replace: "byBytes ? middleByBytes(batch) : 1",
    noticedBy: ["I11"],
  },
  {
    name: "the middle record is lost when a batch is split",
    file: BATCHER,
    find: "slots.slice(at), records.slice(at))",
    replace: "slots.slice(at + 1), records.slice(at + 1))",
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
    find: "!this.#hasBacklog && this.lanes.every((lane) => lane.account.isSettledThrough(flush.epoch));",
    replace: "this.lanes.some((lane) => lane.account.isSettledThrough(flush.epoch));",
    noticedBy: ["I8"],
  },
  {
    name: "a flush does not wait for records without their payload",
    file: ACCOUNT_OF_LANE,
    find: "copy.holders += 1;\n    this.#pending.count(copy.epoch, 1);",
    replace: "copy.holders += 1;",
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
  ...ACCOUNT_MUTANTS,
  ...ORDER,
  ...CLOCKS,
  ...BOUNDS,
  ...VERDICTS,
  ...ENDINGS,
  ...DISK_MUTANTS,
];
