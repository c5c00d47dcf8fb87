import type { Mutant } from "./mutant.ts";

const OUTCOMES = "outcomes.ts";
const BATCHES = "lane-batches.ts";
const BATCH = "batch.ts";
const ACCOUNT_OF_LANE = "lane-account.ts";
const CORE = "delivery-core.ts";

/** Bugs in what a lane counts. */
export const ACCOUNT_MUTANTS: readonly Mutant[] = [
  {
    name: "a coalesced START is not counted",
    file: ACCOUNT_OF_LANE,
    find: "this.ledger.coalesced += 1;\n    this.#mayHaveArrived(maybeDelivered);\n    this.#shared",
    replace: "this.#mayHaveArrived(maybeDelivered);\n    this.#shared",
    noticedBy: ["I1"],
  },
  {
    name: "a coalesced START stays in memory",
    file: ACCOUNT_OF_LANE,
    find: '"coalesced", maybeDelivered);\n    this.#leave(record);',
    replace: '"coalesced", maybeDelivered);',
    noticedBy: ["memory", "I5"],
  },
  {
    name: "a batch to be retried is counted as under way and as queued",
    file: ACCOUNT_OF_LANE,
    find: "this.ledger.inFlight -= size;\n    this.ledger.queued += size;",
    replace: "this.ledger.queued += size;",
    noticedBy: ["I1"],
  },
  {
    name: "a rejected record is counted as delivered",
    file: BATCHES,
    find: "if (isRejected(record.id)) this",
    replace: "if (false) this",
    noticedBy: ["I1"],
  },
  {
    name: "a verdict about strangers rejects the whole batch",
    file: OUTCOMES,
    find: "batches.settleBatch(batch, (id) => refused.has(id), nowMs);",
    replace: "batches.settleBatch(batch, (id) => refused.has(id) || unknown > 0, nowMs);",
    noticedBy: ["I1"],
  },
  {
    name: "a record lost before it was offered is not counted as created",
    file: ACCOUNT_OF_LANE,
    find: "this.ledger.created += 1;\n    this.ledger.dropped[reason] += 1;",
    replace: "this.ledger.dropped[reason] += 1;",
    noticedBy: ["I1"],
  },
  {
    name: "an evicted record stays in memory",
    file: ACCOUNT_OF_LANE,
    find: '"dropped", maybeDelivered);\n    this.#leave(record);',
    replace: '"dropped", maybeDelivered);',
    noticedBy: ["memory", "I5"],
  },
  {
    name: "what is under way when a shutdown runs out of time is forgotten",
    file: BATCHES,
    find: "batch.doubt(true);\n      this.lane.account.landed(batch);\n      this.#abandonBatch(batch, reason, nowMs);",
    replace: "",
    noticedBy: ["I1", "I8", "I14", "I16"],
  },
  {
    name: "what is under way when a shutdown runs out of time counts as never delivered",
    file: BATCHES,
    find: "batch.doubt(true);\n      this.lane.account.landed(batch);",
    replace: "this.lane.account.landed(batch);",
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
    name: "what a failed batch had delivered is tried again",
    file: BATCHES,
    find: "if (!arrived.has(position)) return true;",
    replace: "return true;",
    noticedBy: ["I1", "I4"],
  },
  {
    name: "what a failed batch may have delivered counts as never delivered, where it says which",
    file: BATCH,
    find: "if (positions?.has(position) !== false) slot",
    replace: "if (positions === undefined) slot",
    noticedBy: ["I15"],
  },
  {
    name: "of a failed batch all may have been delivered, although it says which",
    file: BATCH,
    find: "if (positions?.has(position) !== false) slot",
    replace: "slot",
    noticedBy: ["I15"],
  },
  {
    name: "a START pruned after an attempt without an answer counts as never delivered",
    file: BATCHES,
    find: "this.lane.account.coalesced(record, this.lane.takeDoubt(slot));",
    replace: "this.lane.takeDoubt(slot);\n        this.lane.account.coalesced(record, false);",
    noticedBy: ["I15"],
  },
  {
    name: "a record rejected after an attempt without an answer counts as never delivered",
    file: BATCHES,
    find: "if (isRejected(record.id)) this",
    replace: "if (isRejected(record.id)) slot.ambiguous &= ~this.lane.bit;\n      if (isRejected(record.id)) this",
    noticedBy: ["I15"],
  },
  {
    name: "a record that comes during a shutdown is taken",
    file: CORE,
    find: 'return lane.state !== "closed" && this.#shutdown === undefined;',
    replace: 'return lane.state !== "closed";',
    noticedBy: ["I1", "I3"],
  },
];
