/** What the account on disk says of records that may have been delivered, and of those that are not on disk yet. */
import { expect, test } from "vitest";
import { Doubts } from "./doubts.ts";
import { InWriting } from "./in-writing.ts";
import { OwnPlace } from "./own-place.ts";

const KEEPER = {
  isDiskInUse: true,
  released: () => {},
  doubted: () => undefined,
  endedInDoubt: () => undefined,
  spilled: () => {},
};
const placeAt = (seq: number, doubtfulLanes = 0) => {
  const place = new OwnPlace(KEEPER, undefined, undefined, 0b11);
  return Object.assign(place, { seq, doubtfulLanes });
};

test("of each lane are told the numbers in doubt, how many have none yet, and how many ended so", () => {
  const doubts = new Doubts(2);
  const told = (lane: number) => {
    const { seqs, ...rest } = doubts.of(lane);
    return { ranges: seqs.ranges, ...rest };
  };
  expect(told(0)).toEqual({ ranges: [], unnumbered: 0, maybeDelivered: 0 });
  const places = [placeAt(12, 0b11), placeAt(0, 0b01), placeAt(3, 0b01), placeAt(2, 0b01)];
  for (const place of places) doubts.note(place, 0);
  doubts.note(places[0]!, 1);
  doubts.note(places[1]!, 1);
  expect(told(0)).toEqual({
    ranges: [
      { first: 2, last: 3 },
      { first: 12, last: 12 },
    ],
    unnumbered: 1,
    maybeDelivered: 0,
  });
  expect(told(1)).toEqual({ ranges: [{ first: 12, last: 12 }], unnumbered: 0, maybeDelivered: 0 });

  places[1]!.seq = 4;
  doubts.renumbered(places[1]!);
  expect(told(0)).toMatchObject({ ranges: [{ first: 2, last: 4 }, { first: 12 }], unnumbered: 0 });
  doubts.ended(0);
  doubts.ended(0);
  expect([told(0).maybeDelivered, told(1).maybeDelivered]).toEqual([2, 0]);

  places[0]!.doubtfulLanes = 0b10;
  doubts.note(places[0]!, 0);
  expect(told(0).ranges).toEqual([{ first: 2, last: 4 }]);
  expect(told(1).ranges).toEqual([{ first: 12, last: 12 }]);
});

test("what did not change is not counted again", () => {
  const doubts = new Doubts(2);
  const place = placeAt(1, 0b01);
  doubts.note(place, 0);
  const known = [doubts.of(0), doubts.of(1)];
  place.seq = 2;
  expect([doubts.of(0), doubts.of(1)].map((doubt, lane) => doubt === known[lane])).toEqual([true, true]);
  doubts.renumbered(place);
  expect([doubts.of(0), doubts.of(1)].map((doubt, lane) => doubt === known[lane])).toEqual([false, true]);
  expect(doubts.of(0).seqs.ranges).toEqual([{ first: 2, last: 2 }]);
});

test("records are in writing until the disk has their number, in order", () => {
  const inWriting = new InWriting();
  const places = [1, 2, 4].map((seq) => placeAt(seq));
  for (const [index, place] of places.entries()) inWriting.push(place, 10 ** index);
  expect(inWriting.bytes).toBe(111);
  inWriting.spooledThrough(0);
  expect([inWriting.bytes, places[0]!.isSpooled]).toEqual([111, false]);
  inWriting.spooledThrough(3);
  expect(inWriting.bytes).toBe(100);
  expect(places.map(({ isSpooled }) => isSpooled)).toEqual([true, true, false]);
  inWriting.spooledThrough(3);
  expect(inWriting.bytes).toBe(100);
  inWriting.spooledThrough(4);
  expect([inWriting.bytes, places[2]!.isSpooled]).toEqual([0, true]);
});
