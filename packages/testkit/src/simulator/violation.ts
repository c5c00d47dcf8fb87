/** The invariants of delivery. Each is checked after every event unless its line says otherwise. */
export const INVARIANTS = {
  I1: "the account is exact, and what it says is what was seen",
  I2: "what was promised to be on disk is delivered, or its loss is counted (checked over several lives)",
  I3: "a back end stores nothing that was not offered to its lane",
  I4: "no older revision of a span is sent after, or while, a newer or the same one is under way",
  I5: "records and bytes held stay within their bounds",
  I8: "flush and shutdown are answered exactly once and in time",
  I9: "no lane sends before the time it has to wait for",
  I10: "no lane has more requests under way than allowed, nor batches larger than allowed",
  I10b: "a lane's troubles are no other lane's",
  I11: "only what is bad is rejected, and finding it takes few requests",
  I13: "what is settled leaves the disk, and nothing else does (checked over several lives)",
  I14: "once the back ends are well, everything is delivered soon",
  I15: "what is stored is what was delivered, or counted as maybe delivered (checked at the end)",
  I16: "nothing happens after the core is closed",
  patience: "no record is given up while its lane is paused or because the process stood still",
  wake: "a wake-up has a reason, and is asked for in time",
  disk: "what the disk keeps is not lost, and it is told exactly what the account says",
  memory: "only what is held is sent, and everything is let go of in the end",
  replay: "one seed is one run",
  total: "the core never throws",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** An invariant that did not hold. */
export class Violation extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, detail: string) {
    super(`${invariant}: ${detail}`);
    this.name = "Violation";
    this.invariant = invariant;
  }
}

export function must(holds: boolean, invariant: Invariant, detail: () => string): asserts holds {
  if (!holds) throw new Violation(invariant, detail());
}
