import { DiskAccount, Orphan, Overflow, OwnPlace, Spool, Spooler } from "everspan/internals";
import { redefine } from "../redefine.ts";

/** A bug in how records, their places on disk and their recovery play together. */
export interface LivesMutant {
  readonly name: string;
  /** Plants it and answers how to take it out. */
  plant(): () => void;
}

const idle = (): PropertyDescriptor => ({ value: () => undefined });

export const LIVES_MUTANTS: readonly LivesMutant[] = [
  {
    name: "a START is forgotten as soon as it was delivered",
    plant: () =>
      redefine(OwnPlace.prototype, "settle", ({ value: settle }) => ({
        value(this: OwnPlace, ...args: Parameters<OwnPlace["settle"]>) {
          settle.apply(this, args);
          this.releaseSettled(true);
        },
      })),
  },
  {
    name: "a record is released when its first lane is done with it",
    plant: () =>
      redefine(OwnPlace.prototype, "settle", ({ value: settle }) => ({
        value(this: OwnPlace, ...[, as]: Parameters<OwnPlace["settle"]>) {
          for (const lane of [0, 1]) settle.call(this, lane, as);
        },
      })),
  },
  {
    name: "a record counts as kept before it has a number",
    plant: () => redefine(OwnPlace.prototype, "isKept", () => ({ get: () => true })),
  },
  {
    name: "nothing counts as kept while the disk takes nothing new",
    plant: () =>
      redefine(OwnPlace.prototype, "isKept", ({ get }) => ({
        get(this: OwnPlace) {
          const isSpooled = this.isSpooled;
          this.isSpooled = false;
          const isKept = get!.call(this) as boolean;
          this.isSpooled = isSpooled;
          return isKept;
        },
      })),
  },
  {
    name: "what overflowed overtakes its START",
    plant: () => redefine(OwnPlace.prototype, "isBehindOlder", () => ({ get: () => false })),
  },
  {
    name: "a START is carried behind its END",
    plant: () => redefine(OwnPlace.prototype, "isNewest", () => ({ get: () => true })),
  },
  { name: "what overflowed never comes back", plant: () => redefine(Overflow.prototype, "add", idle) },
  {
    name: "a START that lies on disk stays pending when its END comes",
    plant: () => redefine(Overflow.prototype, "supersede", idle),
  },
  {
    name: "nothing more is encoded when a shutdown runs out of time",
    plant: () => redefine(Spooler.prototype, "encodeAll", idle),
  },
  {
    name: "an END does not know its START",
    plant: () =>
      redefine(Spooler.prototype, "admit", ({ value: admit }) => ({
        value(this: Spooler, ...[record]: Parameters<Spooler["admit"]>) {
          admit.call(this, record, undefined);
        },
      })),
  },
  {
    name: "an END leaves before it is on disk although its START is",
    plant: () => redefine(OwnPlace.prototype, "followsKeptStart", () => ({ get: () => false })),
  },
  {
    name: "the account on disk is not written with each turn",
    plant: () => redefine(Spool.prototype, "writeLedger", idle),
  },
  {
    name: "the exit writes nothing",
    plant: () => redefine(Spool.prototype, "flushSync", () => ({ value: () => true })),
  },
  { name: "what is recovered is not settled where it lay", plant: () => redefine(Orphan.prototype, "settle", idle) },
  {
    name: "what a process adopted and dropped goes with the spool that it lay in",
    plant: () =>
      redefine(Orphan.prototype, "commit", ({ value: commit }) => ({
        value(this: Orphan) {
          this.tell();
          return commit.call(this);
        },
      })),
  },
  {
    name: "what dead processes lost and told nobody is in no account",
    plant: () => redefine(DiskAccount.prototype, "inherits", idle),
  },
  {
    name: "the account on disk does not say what is under way",
    plant: () => redefine(OwnPlace.prototype, "doubt", idle),
  },
  {
    name: "of what was adopted the account on disk does not say what is under way",
    plant: () => redefine(Orphan.prototype, "sent", idle),
  },
  {
    name: "what a dead process lost is not counted",
    plant: () =>
      redefine(Orphan.prototype, "report", ({ get }) => ({
        get(this: Orphan) {
          const report = get!.call(this) as Orphan["report"];
          return report === undefined ? undefined : { ...report, lanes: [] };
        },
      })),
  },
];
