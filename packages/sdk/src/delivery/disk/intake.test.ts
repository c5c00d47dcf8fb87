import { describe, expect, test } from "vitest";
import { plainRecord } from "../record/testing/plain-record.ts";
import { Intake } from "./intake.ts";
import { OwnPlace } from "./own-place.ts";

const KEEPER = {
  isDiskInUse: true,
  released: () => {},
  doubted: () => undefined,
  endedInDoubt: () => undefined,
  spilled: () => {},
};
const ONE_LANE = 1;

function place(name: string): OwnPlace {
  return new OwnPlace(KEEPER, plainRecord({ id: name, name }), undefined, ONE_LANE);
}

/** A spool that takes so many more records, and has room for so many. */
function intakeFor(spool: { takes: number; room: number }) {
  const appended: string[] = [];
  const intake = new Intake({
    get takes() {
      return spool.takes > 0;
    },
    append(place) {
      if (!place.isUnwritten) return true;
      if (spool.room === 0) return false;
      spool.room -= 1;
      spool.takes -= 1;
      appended.push(place.record!.name);
      place.seq = appended.length;
      return true;
    },
  });
  const drain = () => intake.drainWhile(() => true);
  return { intake, appended, drain };
}

describe("the intake of a spool", () => {
  test("hands over in order, no more than the disk takes, and goes on where it stopped", () => {
    const spool = { takes: 2, room: 9 };
    const { intake, appended, drain } = intakeFor(spool);
    for (const name of ["a", "b", "c"]) intake.push(place(name), 1);
    drain();
    expect(appended).toEqual(["a", "b"]);
    expect(intake.isEmpty).toBe(false);
    spool.takes = 9;
    drain();
    expect(appended).toEqual(["a", "b", "c"]);
    expect(intake.isEmpty).toBe(true);
  });

  test("counts what waits as it is now, and what found no room not at all", () => {
    const spool = { takes: 9, room: 1 };
    const { intake, drain } = intakeFor(spool);
    const [one, other] = [place("one"), place("other")];
    intake.push(one, 10);
    intake.push(other, 20);
    one.record!.revise({ ...one.record!, name: "n".repeat(1_000) });
    intake.reweigh(one);
    expect(intake.bytes).toBe(one.record!.bytes + 20);
    drain();
    expect(intake.bytes).toBe(0);
    intake.reweigh(other);
    expect(intake.bytes).toBe(0);
  });

  test("counts what waits and is needed: an END in place of its START, nothing that was delivered or has a number", () => {
    const { intake, drain } = intakeFor({ takes: 9, room: 9 });
    const start = place("start");
    const end = new OwnPlace(KEEPER, plainRecord({ id: "start", name: "end" }), start, ONE_LANE);
    const other = place("other");
    intake.push(start, 10);
    intake.push(end, 30);
    intake.push(other, 5);
    expect(intake.bytes).toBe(35);
    intake.forget(other);
    intake.forget(other);
    expect(intake.bytes).toBe(30);
    drain();
    expect(intake.bytes).toBe(0);
  });

  test("keeps what found no room, and tries it before what came later", () => {
    const spool = { takes: 9, room: 1 };
    const { intake, appended, drain } = intakeFor(spool);
    for (const name of ["a", "b", "c"]) intake.push(place(name), 1);
    drain();
    expect([appended, intake.isEmpty, intake.hasRefused]).toEqual([["a"], true, true]);
    intake.push(place("d"), 1);
    spool.room = 9;
    expect(intake.retryRefused()).toBe(true);
    drain();
    expect(appended).toEqual(["a", "b", "c", "d"]);
    expect(intake.retryRefused()).toBe(false);
  });

  test("writes nothing that every lane is done with by then", () => {
    const spool = { takes: 0, room: 9 };
    const { intake, appended, drain } = intakeFor(spool);
    const [first, second] = [place("delivered"), place("pending")];
    intake.push(first, 1);
    intake.push(second, 1);
    first.settle(0, "delivered", false);
    spool.takes = 9;
    drain();
    expect(appended).toEqual(["pending"]);
  });

  test("says when all that waited is taken, and immediately when there is no room for it", async () => {
    const spool = { takes: 1, room: 2 };
    const { intake, drain } = intakeFor(spool);
    for (const name of ["a", "b"]) intake.push(place(name), 1);
    let answer: boolean | undefined;
    const taken = intake.whenTaken().then((areTaken) => {
      answer = areTaken;
    });
    intake.push(place("later"), 1);
    drain();
    expect(answer).toBeUndefined();
    spool.takes = 1;
    drain();
    await taken;
    expect(answer).toBe(true);
    spool.takes = 9;
    const refused = intake.whenTaken();
    drain();
    expect(await refused).toBe(false);
  });

  test("holds no more than what is still needed, however many came while it could hand nothing over", () => {
    const { intake } = intakeFor({ takes: 0, room: 9 });
    const kept = place("kept");
    intake.push(kept, 1);
    for (let i = 0; i < 100_000; i++) {
      const gone = place("gone");
      intake.push(gone, 1);
      gone.settle(0, "dropped", false);
    }
    expect(intake.length).toBeLessThan(20_000);
  });
});
