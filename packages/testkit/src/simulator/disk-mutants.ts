import type { Mutant } from "./mutant.ts";

const LANE = "lane.ts";
const BATCHES = "lane-batches.ts";
const ACCOUNT = "lane-account.ts";
const OVERLOAD = "overload.ts";
const CORE = "delivery-core.ts";

/** Bugs between the core and its disk. */
export const DISK_MUTANTS: readonly Mutant[] = [
  {
    name: "what is left to the disk is not counted as spooled",
    file: ACCOUNT,
    find: "this.ledger.spooled += 1;\n",
    replace: "",
    noticedBy: ["I1"],
  },
  {
    name: "what is left to the disk stays in memory",
    file: ACCOUNT,
    find: "this.#shared.disk!.spilled(this.#laneIndex, record, isFinal);\n    this.#leave(record);",
    replace: "this.#shared.disk!.spilled(this.#laneIndex, record, isFinal);",
    noticedBy: ["memory", "I5"],
  },
  {
    name: "the disk is not told what is left to it",
    file: ACCOUNT,
    find: "this.#shared.disk!.spilled(this.#laneIndex, record, isFinal);\n",
    replace: "",
    noticedBy: ["I1"],
  },
  {
    name: "the disk is not told what was delivered",
    file: ACCOUNT,
    find: 'this.#shared.disk?.settled(this.#laneIndex, record, "delivered", false);',
    replace: "",
    noticedBy: ["disk"],
  },
  {
    name: "the disk is not told what was coalesced in the queue",
    file: ACCOUNT,
    find: 'this.#shared.disk?.settled(this.#laneIndex, record, "coalesced", maybeDelivered);',
    replace: "",
    noticedBy: ["disk"],
  },
  {
    name: "the disk is told that a pruned START was dropped",
    file: ACCOUNT,
    find: 'this.#shared.disk?.settled(this.#laneIndex, record, "coalesced", maybeDelivered);',
    replace: 'this.#shared.disk?.settled(this.#laneIndex, record, "dropped", maybeDelivered);',
    noticedBy: ["disk"],
  },
  {
    name: "the disk is not told what was rejected",
    file: ACCOUNT,
    find: 'this.#shared.disk?.settled(this.#laneIndex, record, "dropped", maybeDelivered);\n    this.#leave(record);',
    replace: "this.#leave(record);",
    noticedBy: ["disk"],
  },
  {
    name: "the disk is not told what a disabled lane dropped",
    file: ACCOUNT,
    find: 'this.#shared.disk?.settled(this.#laneIndex, record, "dropped", false);\n  }\n\n  /** A record took',
    replace: "}\n\n  /** A record took",
    noticedBy: ["disk"],
  },
  {
    name: "a full queue drops what the disk keeps",
    file: LANE,
    find: "const isKept = this.isKept(record);",
    replace: "const isKept = false;",
    noticedBy: ["disk"],
  },
  {
    name: "a full queue keeps in memory what lies on disk, and refuses what comes",
    file: OVERLOAD,
    find: "if (this.#shared.disk !== undefined) this.#spillOldest();\n    if (this",
    replace: "if (this",
    noticedBy: ["disk"],
  },
  {
    name: "a record waiting to be tried again is dropped although the disk keeps it",
    file: BATCHES,
    find: "this.#spillOrLose(taken.slot, taken.record, reason, false, nowMs);",
    replace: "this.#lose(taken.slot, taken.record, reason, nowMs);",
    noticedBy: ["disk"],
  },
  {
    name: "what is spilled to disk still counts as batched",
    file: BATCHES,
    find: "this.lane.account.spilled(record, isFinal);\n    this.#unbatch(slot, nowMs);",
    replace: "this.lane.account.spilled(record, isFinal);",
    noticedBy: ["I14", "I8", "I1", "memory"],
  },
  {
    name: "an END is forgotten whose START is spilled",
    file: BATCHES,
    find: "this.lane.account.spilled(record, isFinal);\n    this.#unbatch(slot, nowMs);",
    replace:
      "this.lane.account.spilled(record, isFinal);\n    slot.batched &= ~this.lane.bit;\n    slot.waiting &= ~this.lane.bit;",
    noticedBy: ["I14", "I8", "memory"],
  },
  {
    name: "a shutdown drops what is under way although the disk keeps it",
    file: BATCHES,
    find: "this.#spillOrLose(batch.slots[i]!, batch.records[i]!, reason, true, nowMs);",
    replace: "this.#lose(batch.slots[i]!, batch.records[i]!, reason, nowMs);",
    noticedBy: ["disk"],
  },
  {
    name: "a shutdown leaves the queue to be read back by nobody",
    file: LANE,
    find: "if (!this.isKept(slot.latest!)) this.evict(slot, reason);",
    replace: "if (true) this.evict(slot, reason);",
    noticedBy: ["disk"],
  },
  {
    name: "what is read back still counts as spooled",
    file: CORE,
    find: "else lane.account.takenBack();",
    replace: "",
    noticedBy: ["I1"],
  },
  {
    name: "what is read back counts as recovered",
    file: CORE,
    find: 'if (from === "orphan") lane.account.arrived("recovered");\n      else lane.account.takenBack();',
    replace: 'lane.account.arrived("recovered");\n      if (from !== "orphan") lane.account.takenBack();',
    noticedBy: ["I1"],
  },
  {
    name: "what is read back for one lane is held for all",
    file: CORE,
    find: "this.#hold(record, takers.length);",
    replace: "this.#hold(record, this.lanes.length);",
    noticedBy: ["memory"],
  },
  {
    name: "what is read back goes into every lane",
    file: CORE,
    find: "(lanes & lane.bit) !== 0 && lane.state",
    replace: "lane.state",
    noticedBy: ["I1", "I4"],
  },
  {
    name: "a flush does not wait for what lies on disk",
    file: CORE,
    find: "const isSettled = !this.#hasBacklog && this",
    replace: "const isSettled = this",
    noticedBy: ["I8"],
  },
  {
    name: "a flush does not wait for what was read back while it waited",
    file: CORE,
    find: "record.epoch = this.#flushes[0]?.epoch ?? this.#epoch;",
    replace: "record.epoch = this.#epoch;",
    noticedBy: ["I8"],
  },
  {
    name: "a flush that waits for the disk is never answered when a shutdown ends",
    file: CORE,
    find: "this.#endFlushes(Number.POSITIVE_INFINITY);",
    replace: "this.#endFlushes(nowMs);",
    noticedBy: ["I8"],
  },
  {
    name: "a shutdown does not wait for what lies on disk",
    file: CORE,
    find: "const isDrained = !this.#hasBacklog && this",
    replace: "const isDrained = this",
    noticedBy: ["I8"],
  },
  {
    name: "a full disk is not named as the reason of a loss",
    file: OVERLOAD,
    find: 'return bound !== undefined && this.#shared.disk?.isFull ? "spool_full" : bound;',
    replace: "return bound;",
    noticedBy: ["disk"],
  },
];
